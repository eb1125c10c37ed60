/* Exact sums of codes to reals: what averages and reductions have in common. */
#ifndef XQUANT_INT8_REAL_SUMS_H_
#define XQUANT_INT8_REAL_SUMS_H_

#include <stddef.h>
#include <stdint.h>

#include "int8/xq_pool.h"

/* f32(f64(sum) * f64(scale)); sum counts code - zero_point. */
static inline float xq_sum_real(int64_t sum, float scale) {
  return (float)((double)sum * (double)scale);
}

/* f32(f64(f64(sum) * f64(scale)) / f64(count)); NaN when nothing was counted. */
static inline float xq_mean_real(int64_t sum, size_t count, float scale) {
  return (float)((double)sum * (double)scale / (double)count);
}

/* Of XQ_REDUCE_L1: the sum of |code - zero_point|; else that of their squares. */
static inline float xq_norm_real(xq_reduction norm, uint64_t sum, float scale) {
  const double step = (double)scale;
  if (norm == XQ_REDUCE_L1) return (float)((double)sum * step);
  if (norm == XQ_REDUCE_L2) return (float)(__builtin_sqrt((double)sum) * step);
  return (float)((double)sum * (step * step));
}

#endif /* XQUANT_INT8_REAL_SUMS_H_ */
