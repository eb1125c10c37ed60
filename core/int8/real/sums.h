/* Exact sums of codes to reals: what averages and reductions have in common. */
#ifndef XQUANT_INT8_REAL_SUMS_H_
#define XQUANT_INT8_REAL_SUMS_H_

#include <stddef.h>
#include <stdint.h>

/* f32(f64(sum) * f64(scale)); sum counts code - zero_point. */
static inline float xq_sum_real(int64_t sum, float scale) {
  return (float)((double)sum * (double)scale);
}

/* f32(f64(f64(sum) * f64(scale)) / f64(count)); NaN when nothing was counted. */
static inline float xq_mean_real(int64_t sum, size_t count, float scale) {
  return (float)((double)sum * (double)scale / (double)count);
}

#endif /* XQUANT_INT8_REAL_SUMS_H_ */
