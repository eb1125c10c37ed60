#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/pool_bytes.h"
#include "int8/real/sums.h"
#include "int8/real/windows.h"
#include "int8/require.h"

/* Kernel positions inside the padded image. */
static size_t padded_count(const xq_pool* pool, size_t d, size_t out) {
  const size_t room = pool->pad_begin[d] + pool->in[d] + pool->pad_end[d];
  const size_t start = out * pool->stride[d];
  if (start >= room) return 0;
  const size_t fit = xq_steps_in(room - start, pool->dilation[d]);
  return fit < pool->kernel[d] ? fit : pool->kernel[d];
}

/* Sum and largest of the codes of one window. */
typedef struct window_result {
  int64_t sum;
  int32_t largest;
} window_result;

typedef enum pool_kind { kMax, kAverage } pool_kind;

/* What a kind of pooling needs, for every column of a stretch of an output row's windows: all rows
 * of the windows, but one column of the image each. Windows of neighbouring outputs share them. The
 * largest codes are kept as they come, with the sign bit flipped so that they compare as unsigned.
 */
enum { kColumns = 512, kMaxRows = 32768 /* of 16 bit, whose sum stays in int32 */ };
typedef struct column_results {
  int32_t sum[kColumns];
  uint16_t words[kColumns];
  uint8_t bytes[kColumns];
} column_results;

/* A loop for each type, which compilers turn into vectors. */
#define XQ_ADD_ROW(type)                                \
  do {                                                  \
    const type* row = (const type*)x + at;              \
    for (size_t i = 0; i < n; ++i) c->sum[i] += row[i]; \
  } while (0)

static void add_row(const void* x, xq_type type, size_t at, size_t n, column_results* c) {
  switch (type) {
    case XQ_S8:
      XQ_ADD_ROW(int8_t);
      break;
    case XQ_U8:
      XQ_ADD_ROW(uint8_t);
      break;
    case XQ_S16:
      XQ_ADD_ROW(int16_t);
      break;
    case XQ_U16:
      XQ_ADD_ROW(uint16_t);
      break;
  }
}

static void max_row(const void* x, xq_type type, size_t at, size_t n, column_results* c) {
  if (xq_is_8_bit(type)) {
    const uint8_t* row = (const uint8_t*)x + at;
    const uint8_t flip = type == XQ_S8 ? 0x80 : 0;
    for (size_t i = 0; i < n; ++i) {
      const uint8_t code = row[i] ^ flip;
      c->bytes[i] = code > c->bytes[i] ? code : c->bytes[i];
    }
  } else {
    const uint16_t* row = (const uint16_t*)x + at;
    const uint16_t flip = type == XQ_S16 ? 0x8000 : 0;
    for (size_t i = 0; i < n; ++i) {
      const uint16_t code = row[i] ^ flip;
      c->words[i] = code > c->words[i] ? code : c->words[i];
    }
  }
}

/* Image columns [first, first + n) for the windows whose rows are s[0] and s[1]. */
static void look_at_columns(pool_kind kind, const xq_pool* pool, const void* x, xq_type type,
                            size_t plane, const xq_span* s, size_t first, size_t n,
                            column_results* c) {
  if (kind == kAverage) {
    memset(c->sum, 0, n * sizeof(c->sum[0]));
  } else if (xq_is_8_bit(type)) {
    memset(c->bytes, 0, n);
  } else {
    memset(c->words, 0, n * sizeof(c->words[0]));
  }
  for (size_t z = 0; z < xq_count(s[0]); ++z) {
    for (size_t y = 0; y < xq_count(s[1]); ++y) {
      const size_t row =
          (s[0].at + z * pool->dilation[0]) * pool->in[1] + s[1].at + y * pool->dilation[1];
      const size_t at = plane + row * pool->in[2] + first;
      if (kind == kMax) {
        max_row(x, type, at, n, c);
      } else {
        add_row(x, type, at, n, c);
      }
    }
  }
}

/* Back from the order of unsigned numbers. */
static int32_t largest_code(const column_results* c, xq_type type, size_t column) {
  switch (type) {
    case XQ_S8:
      return (int32_t)c->bytes[column] - 128;
    case XQ_U8:
      return c->bytes[column];
    case XQ_S16:
      return (int32_t)c->words[column] - 32768;
    default:
      return c->words[column];
  }
}

/* One window out of its columns, the first of which is image column s[2].at. */
static window_result combine(pool_kind kind, const xq_pool* pool, const column_results* c,
                             xq_type type, const xq_span* s, size_t first) {
  window_result window = {0, INT32_MIN};
  if (xq_count(s[0]) == 0 || xq_count(s[1]) == 0) return window;
  for (size_t i = 0; i < xq_count(s[2]); ++i) {
    const size_t column = s[2].at - first + i * pool->dilation[2];
    if (kind == kAverage) {
      window.sum += c->sum[column];
    } else {
      const int32_t code = largest_code(c, type, column);
      if (code > window.largest) window.largest = code;
    }
  }
  return window;
}

/* A window wider than a stretch: code by code. */
static window_result look_at_window(const xq_pool* pool, const void* x, xq_type type, size_t plane,
                                    const xq_span* s) {
  window_result window = {0, INT32_MIN};
  for (size_t z = 0; z < xq_count(s[0]); ++z) {
    for (size_t y = 0; y < xq_count(s[1]); ++y) {
      const size_t row =
          (s[0].at + z * pool->dilation[0]) * pool->in[1] + s[1].at + y * pool->dilation[1];
      for (size_t i = 0; i < xq_count(s[2]); ++i) {
        const size_t column = s[2].at + i * pool->dilation[2];
        const int32_t code = xq_code_at(x, type, plane + row * pool->in[2] + column);
        window.sum += code;
        if (code > window.largest) window.largest = code;
      }
    }
  }
  return window;
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
                     const window_result* window, const xq_span* s, const size_t* out) {
  const size_t inside_count = xq_count(s[0]) * xq_count(s[1]) * xq_count(s[2]);
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

/* What the outputs of a call have in common. */
typedef struct pooling {
  pool_kind kind;
  const xq_pool* pool;
  xq_pool_count count;
  const void* x;
  const xq_quant* from;
} pooling;

static float result_of(const pooling* p, const window_result* window, const xq_span* s,
                       const size_t* out) {
  return p->kind == kMax ? largest(p->from, window)
                         : average(p->pool, p->count, p->from, window, s, out);
}

/* Outputs of one row whose columns fit a stretch; at least one, or 0 when a window does not fit. */
static size_t outputs_of_stretch(const xq_pool* pool) {
  const size_t reach = (pool->kernel[2] - 1) * pool->dilation[2] + 1;
  if (reach > kColumns || pool->kernel[0] > kMaxRows / pool->kernel[1]) return 0;
  return (kColumns - reach) / pool->stride[2] + 1;
}

/* Outputs from o on, but before `end`, whose windows hold all their columns. */
static size_t whole_windows(const xq_pool* pool, size_t o, size_t end) {
  const size_t reach = (pool->kernel[2] - 1) * pool->dilation[2] + 1;
  const size_t inside_end = pool->pad_begin[2] + pool->in[2];
  if (o * pool->stride[2] < pool->pad_begin[2] || inside_end < reach) return 0;
  const size_t last = (inside_end - reach) / pool->stride[2] + 1;
  const size_t bound = last < end ? last : end;
  return bound > o ? bound - o : 0;
}

/* Averages of 8-bit codes whose windows are whole: sums[i * stride] and those of the other columns
 * of the window. A loop that compilers turn into vectors. */
static void average_whole(const pooling* p, const int32_t* sums, const xq_span* s,
                          size_t rows_count, size_t n, output_run* run) {
  const xq_pool* pool = p->pool;
  const size_t stride = pool->stride[2];
  const size_t rows = xq_count(s[0]) * xq_count(s[1]);
  const int32_t zero = (int32_t)(rows * pool->kernel[2]) * p->from->zero_point;
  const double scale = (double)p->from->scale;
  const double count = (double)(rows_count * pool->kernel[2]);
  for (size_t i = 0; i < n;) {
    const size_t room = XQ_CHUNK - run->waiting;
    const size_t few = n - i < room ? n - i : room;
    int32_t total[XQ_CHUNK];
    for (size_t k = 0; k < few; ++k) total[k] = -zero;
    for (size_t c = 0; c < pool->kernel[2]; ++c) {
      const int32_t* from = sums + i * stride + c * pool->dilation[2];
      if (stride == 1) {
        for (size_t k = 0; k < few; ++k) total[k] += from[k];
      } else if (stride == 2) {
        for (size_t k = 0; k < few; ++k) total[k] += from[2 * k];
      } else {
        for (size_t k = 0; k < few; ++k) total[k] += from[k * stride];
      }
    }
    float* real = run->reals + run->waiting;
    for (size_t k = 0; k < few; ++k) real[k] = (float)((double)total[k] * scale / count);
    i += few;
    run->waiting += few;
    if (run->waiting == XQ_CHUNK) flush(run);
  }
}

/* Whether sums of whole windows fit int32. */
static int is_small_average(const pooling* p) {
  const size_t* kernel = p->pool->kernel;
  return p->kind == kAverage && xq_is_8_bit(p->from->type) && kernel[0] <= 64 && kernel[1] <= 256 &&
         kernel[2] <= 256;
}

/* Output row (z, y) of the plane from element `plane` on. */
static void pool_row(const pooling* p, size_t plane, size_t z, size_t y, output_run* run) {
  const xq_pool* pool = p->pool;
  const size_t stretch = outputs_of_stretch(pool);
  const int small = is_small_average(p);
  column_results columns;
  xq_span s[3] = {xq_inside(pool, 0, z), xq_inside(pool, 1, y), {0, 0, 0}};
  size_t first = 0;
  size_t known = 0; /* outputs before this one have their columns in `columns` */
  for (size_t o = 0; o < pool->out[2]; ++o) {
    const size_t out[3] = {z, y, o};
    s[2] = xq_inside(pool, 2, o);
    window_result window;
    if (stretch == 0) {
      window = look_at_window(pool, p->x, p->from->type, plane, s);
    } else {
      if (o >= known) {
        known = pool->out[2] - o < stretch ? pool->out[2] : o + stretch;
        const size_t start = o * pool->stride[2];
        const size_t end =
            (known - 1) * pool->stride[2] + (pool->kernel[2] - 1) * pool->dilation[2] + 1;
        const size_t pad = pool->pad_begin[2];
        const size_t last = end > pad ? end - pad : 0;
        first = start > pad ? start - pad : 0;
        const size_t bound = last < pool->in[2] ? last : pool->in[2];
        look_at_columns(p->kind, pool, p->x, p->from->type, plane, s, first,
                        bound > first ? bound - first : 0, &columns);
      }
      const size_t whole = small ? whole_windows(pool, o, known) : 0;
      if (whole > 0) {
        const size_t rows = p->count == XQ_COUNT_PADDED
                                ? padded_count(pool, 0, z) * padded_count(pool, 1, y)
                                : xq_count(s[0]) * xq_count(s[1]);
        average_whole(p, columns.sum + s[2].at - first, s, rows, whole, run);
        o += whole - 1;
        continue;
      }
      window = combine(p->kind, pool, &columns, p->from->type, s, first);
    }
    put(run, result_of(p, &window, s, out));
  }
}

static void require(const pooling* p, const xq_quant* to) {
  XQ_REQUIRE(p->pool != NULL);
  for (size_t d = 0; d < 3; ++d) {
    XQ_REQUIRE(p->pool->kernel[d] >= 1 && p->pool->stride[d] >= 1 && p->pool->dilation[d] >= 1);
  }
  xq_require_quant(p->from);
  xq_require_quant(to);
}

static void pool_all(const pooling* p, const xq_quant* to, void* y) {
  const xq_pool* pool = p->pool;
  output_run run = {.kernels = xq_active(), .to = to, .y = y};
  const size_t size = pool->in[0] * pool->in[1] * pool->in[2];
  for (size_t plane = 0; plane < pool->planes; ++plane) {
    for (size_t oz = 0; oz < pool->out[0]; ++oz) {
      for (size_t oy = 0; oy < pool->out[1]; ++oy) pool_row(p, plane * size, oz, oy, &run);
    }
  }
  flush(&run);
}

void xq_max_pool(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                 void* y) {
  const pooling p = {kMax, pool, XQ_COUNT_INSIDE, x, from};
  require(&p, to);
  if (xq_max_bytes(pool, x, from, to, y)) return;
  pool_all(&p, to, y);
}

void xq_average_pool(const xq_pool* pool, xq_pool_count count, const void* x, const xq_quant* from,
                     const xq_quant* to, void* y) {
  XQ_REQUIRE(count == XQ_COUNT_INSIDE || count == XQ_COUNT_PADDED);
  const pooling p = {kAverage, pool, count, x, from};
  require(&p, to);
  if (xq_average_bytes(pool, x, from, to, y)) return;
  pool_all(&p, to, y);
}
