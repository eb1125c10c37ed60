/* The one rounding of the library: to the nearest integer, halves to even, in plain C. */
#ifndef XQUANT_INT8_CODES_ROUNDING_H_
#define XQUANT_INT8_CODES_ROUNDING_H_

#include <stdint.h>

static inline float xq_clamp_f32(float v, float low, float high) {
  return v < low ? low : v > high ? high : v;
}

/* v within int32; v - (float)whole is exact because both have the same exponent or whole is 0. */
static inline int32_t xq_round_half_even(float v) {
  const int32_t whole = (int32_t)v;
  const float rest = v - (float)whole;
  const int odd = whole & 1;
  if (rest > 0.5f || (rest == 0.5f && odd)) return whole + 1;
  if (rest < -0.5f || (rest == -0.5f && odd)) return whole - 1;
  return whole;
}

/* clamp(rhe(v), low, high). The bounds are integers, so clamping before rounding equals clamping
 * after it. v is not NaN. */
static inline int32_t xq_round_within(float v, int32_t low, int32_t high) {
  return xq_round_half_even(xq_clamp_f32(v, (float)low, (float)high));
}

#endif /* XQUANT_INT8_CODES_ROUNDING_H_ */
