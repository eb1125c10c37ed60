#include "int8/codes/codes.h"
#include "int8/real/sums.h"
#include "int8/real/windows.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* What |code - zero_point| or its square adds up to in the window of an output. */
static uint64_t window_sum(const xq_pool* pool, xq_reduction norm, const void* x,
                           const xq_quant* from, size_t plane, const size_t o[3]) {
  const xq_span z = xq_inside(pool, 0, o[0]), y = xq_inside(pool, 1, o[1]);
  const xq_span c = xq_inside(pool, 2, o[2]);
  uint64_t sum = 0;
  for (size_t i = 0; i < xq_count(z); ++i) {
    for (size_t j = 0; j < xq_count(y); ++j) {
      const size_t row = ((plane * pool->in[0] + z.at + i * pool->dilation[0]) * pool->in[1] +
                          y.at + j * pool->dilation[1]) *
                         pool->in[2];
      for (size_t k = 0; k < xq_count(c); ++k) {
        const int64_t distance =
            xq_code_at(x, from->type, row + c.at + k * pool->dilation[2]) - from->zero_point;
        const int64_t magnitude = distance < 0 ? -distance : distance;
        sum += (uint64_t)(norm == XQ_REDUCE_L1 ? magnitude : magnitude * magnitude);
      }
    }
  }
  return sum;
}

void xq_lp_pool(const xq_pool* pool, xq_reduction norm, const void* x, const xq_quant* from,
                const xq_quant* to, void* y) {
  XQ_REQUIRE(pool != NULL && (norm == XQ_REDUCE_L1 || norm == XQ_REDUCE_L2));
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
      const uint64_t sum = window_sum(pool, norm, x, from, (i + k) / plane, o);
      reals[k] = xq_norm_real(norm, sum, from->scale);
    }
    xq_write_reals(kernels, reals, count, to, y, i);
  }
}
