#include "int8/codes/codes.h"
#include "int8/real/sums.h"
#include "int8/require.h"
#include "int8/xq_move.h"
#include "int8/xq_pool.h"

static void require_pool(const xq_pool* pool) {
  XQ_REQUIRE(pool != NULL);
  for (size_t d = 0; d < 3; ++d) {
    XQ_REQUIRE(pool->kernel[d] >= 1 && pool->stride[d] >= 1 && pool->dilation[d] >= 1);
  }
}

/* Kernel positions [first, last) of one window along one dimension that lie inside, and the first
 * of them in the image. */
typedef struct span {
  size_t first, last, at;
} span;

static span inside(const xq_pool* pool, size_t d, size_t out) {
  const size_t start = out * pool->stride[d]; /* in the padded image */
  const size_t step = pool->dilation[d];
  const size_t pad = pool->pad_begin[d];
  const size_t end = pad + pool->in[d];
  span s = {0, 0, 0};
  s.first = start >= pad ? 0 : (pad - start + step - 1) / step;
  s.last = end <= start ? 0 : (end - start + step - 1) / step;
  if (s.last > pool->kernel[d]) s.last = pool->kernel[d];
  if (s.first >= s.last) s.first = s.last = 0;
  if (s.last > s.first) s.at = start + s.first * step - pad;
  return s;
}

static size_t count_of(span s) { return s.last - s.first; }

/* Kernel positions inside the padded image. */
static size_t padded_count(const xq_pool* pool, size_t d, size_t out) {
  const size_t room = pool->pad_begin[d] + pool->in[d] + pool->pad_end[d];
  const size_t start = out * pool->stride[d];
  if (start >= room) return 0;
  const size_t fit = (room - start + pool->dilation[d] - 1) / pool->dilation[d];
  return fit < pool->kernel[d] ? fit : pool->kernel[d];
}

/* Sum and largest of the codes of one window. */
typedef struct window_result {
  int64_t sum;
  int32_t largest;
} window_result;

/* A loop for each type, so that the type is not asked for at every element. */
#define XQ_WINDOW(type)                                                                      \
  for (size_t z = 0; z < count_of(s[0]); ++z) {                                              \
    for (size_t y = 0; y < count_of(s[1]); ++y) {                                            \
      const size_t row =                                                                     \
          (s[0].at + z * pool->dilation[0]) * pool->in[1] + s[1].at + y * pool->dilation[1]; \
      const type* from = (const type*)x + plane + row * pool->in[2] + s[2].at;               \
      for (size_t i = 0; i < count_of(s[2]); ++i) {                                          \
        const int32_t code = from[i * pool->dilation[2]];                                    \
        sum += code;                                                                         \
        if (code > largest) largest = code;                                                  \
      }                                                                                      \
    }                                                                                        \
  }                                                                                          \
  break

static window_result look_at(const xq_pool* pool, const void* x, xq_type type, size_t plane,
                             const span* s) {
  int64_t sum = 0;
  int32_t largest = INT32_MIN;
  switch (type) {
    case XQ_S8:
      XQ_WINDOW(int8_t);
    case XQ_U8:
      XQ_WINDOW(uint8_t);
    case XQ_S16:
      XQ_WINDOW(int16_t);
    case XQ_U16:
      XQ_WINDOW(uint16_t);
  }
  const window_result result = {sum, largest};
  return result;
}

/* Where the results of consecutive outputs wait until a chunk of them is written. */
typedef struct output_run {
  const xq_kernels* kernels;
  const xq_quant* to;
  void* y;
  size_t at, waiting;
  float reals[XQ_CHUNK];
} output_run;

static void flush(output_run* run) {
  xq_write_reals(run->kernels, run->reals, run->waiting, run->to, run->y, run->at);
  run->at += run->waiting;
  run->waiting = 0;
}

static void put(output_run* run, float real) {
  run->reals[run->waiting++] = real;
  if (run->waiting == XQ_CHUNK) flush(run);
}

static float average(const xq_pool* pool, xq_pool_count count, const xq_quant* from,
                     const window_result* window, const span* s, const size_t* out) {
  const size_t inside_count = count_of(s[0]) * count_of(s[1]) * count_of(s[2]);
  const int64_t sum = window->sum - (int64_t)inside_count * from->zero_point;
  size_t counted = inside_count;
  if (count == XQ_COUNT_PADDED) {
    counted = padded_count(pool, 0, out[0]) * padded_count(pool, 1, out[1]) *
              padded_count(pool, 2, out[2]);
  }
  return xq_mean_real(sum, counted, from->scale);
}

/* The largest real number there is in the window: rescaling it equals rescaling its code. */
static float largest(const xq_quant* from, const window_result* window) {
  if (window->largest == INT32_MIN) return -__builtin_inff();
  return (float)(window->largest - from->zero_point) * from->scale;
}

typedef enum pool_kind { kMax, kAverage } pool_kind;

static void pool_all(pool_kind kind, const xq_pool* pool, xq_pool_count count, const void* x,
                     const xq_quant* from, const xq_quant* to, void* y) {
  require_pool(pool);
  xq_require_quant(from);
  xq_require_quant(to);
  output_run run = {.kernels = xq_active(), .to = to, .y = y};
  const size_t plane = pool->in[0] * pool->in[1] * pool->in[2];
  const size_t outputs = pool->out[0] * pool->out[1] * pool->out[2];
  for (size_t i = 0; i < pool->planes * outputs; ++i) {
    const size_t o = i % outputs;
    const size_t out[3] = {o / (pool->out[1] * pool->out[2]), o / pool->out[2] % pool->out[1],
                           o % pool->out[2]};
    const span s[3] = {inside(pool, 0, out[0]), inside(pool, 1, out[1]), inside(pool, 2, out[2])};
    const window_result window = look_at(pool, x, from->type, i / outputs * plane, s);
    put(&run, kind == kMax ? largest(from, &window) : average(pool, count, from, &window, s, out));
  }
  flush(&run);
}

void xq_max_pool(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                 void* y) {
  pool_all(kMax, pool, XQ_COUNT_INSIDE, x, from, to, y);
}

void xq_average_pool(const xq_pool* pool, xq_pool_count count, const void* x, const xq_quant* from,
                     const xq_quant* to, void* y) {
  XQ_REQUIRE(count == XQ_COUNT_INSIDE || count == XQ_COUNT_PADDED);
  pool_all(kAverage, pool, count, x, from, to, y);
}
