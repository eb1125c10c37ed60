#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/real/sums.h"
#include "int8/real/windows.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* What |code - zero_point|^p adds up to: exactly for p of 1 and 2, else in f64. */
typedef struct norm_sum {
  uint64_t whole;
  double real;
} norm_sum;

static void add_term(int p, int64_t distance, norm_sum* sum) {
  const int64_t magnitude = distance < 0 ? -distance : distance;
  if (p <= 2) {
    sum->whole += (uint64_t)(p == 1 ? magnitude : magnitude * magnitude);
    return;
  }
  double power = (double)magnitude;
  for (int i = 1; i < p; ++i) power *= (double)magnitude;
  sum->real += power;
}

static float norm_of(int p, norm_sum sum, float scale) {
  if (p <= 2) return xq_norm_real(p == 1 ? XQ_REDUCE_L1 : XQ_REDUCE_L2, sum.whole, scale);
  const double root = sum.real == 0.0 ? 0.0 : xq_pow(sum.real, 1.0 / (double)p);
  return (float)(root * (double)scale);
}

/* In the window of an output. */
static norm_sum window_sum(const xq_pool* pool, int p, const void* x, const xq_quant* from,
                           size_t plane, const size_t o[3]) {
  const xq_span z = xq_inside(pool, 0, o[0]), y = xq_inside(pool, 1, o[1]);
  const xq_span c = xq_inside(pool, 2, o[2]);
  norm_sum sum = {0, 0.0};
  for (size_t i = 0; i < xq_count(z); ++i) {
    for (size_t j = 0; j < xq_count(y); ++j) {
      const size_t row = ((plane * pool->in[0] + z.at + i * pool->dilation[0]) * pool->in[1] +
                          y.at + j * pool->dilation[1]) *
                         pool->in[2];
      for (size_t k = 0; k < xq_count(c); ++k) {
        const size_t at = row + c.at + k * pool->dilation[2];
        add_term(p, xq_code_at(x, from->type, at) - from->zero_point, &sum);
      }
    }
  }
  return sum;
}

void xq_lp_pool(const xq_pool* pool, int p, const void* x, const xq_quant* from, const xq_quant* to,
                void* y) {
  XQ_REQUIRE(pool != NULL && p >= 1 && p <= XQ_MAX_NORM);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  const size_t plane = pool->out[0] * pool->out[1] * pool->out[2];
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < pool->planes * plane; i += XQ_CHUNK) {
    const size_t count = xq_chunk(pool->planes * plane, i);
    for (size_t k = 0; k < count; ++k) {
      const size_t at = (i + k) % plane;
      const size_t o[3] = {at / pool->out[2] / pool->out[1], at / pool->out[2] % pool->out[1],
                           at % pool->out[2]};
      reals[k] = norm_of(p, window_sum(pool, p, x, from, (i + k) / plane, o), from->scale);
    }
    xq_write_reals(kernels, reals, count, to, y, i);
  }
}
