/* Between floats, accumulators and codes: quantize, dequantize, requantize. */
#ifndef XQUANT_INT8_XQ_QUANTIZE_H_
#define XQUANT_INT8_XQ_QUANTIZE_H_

#include "int8/xq_stage.h"
#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Quantize: f32 -> 8 or 16 bit ------------------------------------------------------------
 * q = clamp(rhe(f32(x / scale)), qmin - zp, qmax - zp) + zp, [qmin, qmax] the range of the type.
 * A division, not a multiplication by the reciprocal; the zero point is added after rounding
 * (ONNX QuantizeLinear). +-Inf saturates, -0 gives zp, NaN gives zp.
 * Returns the number of NaN. Requires: scale finite and > 0, zp within the type. */
size_t xq_quantize_f32_s8(const float* x, size_t n, float scale, int32_t zero_point, int8_t* q);
size_t xq_quantize_f32_u8(const float* x, size_t n, float scale, int32_t zero_point, uint8_t* q);

/* Any type, and the bounds of `to`. */
size_t xq_quantize(const float* x, size_t n, const xq_quant* to, void* q);

/* Per axis: tensors are [outer, channels, inner], scale and zero_point [channels]. A zero_point of
 * NULL means zero for every channel. */
size_t xq_quantize_axis_f32_s8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, int8_t* q);
size_t xq_quantize_axis_f32_u8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, uint8_t* q);
size_t xq_quantize_axis(const float* x, size_t outer, size_t channels, size_t inner,
                        const float* scale, const int32_t* zero_point, xq_type type, void* q);

/* Blocked: tensors are [outer, length, inner]; `block` consecutive elements of the middle dimension
 * share a scale and a zero point, which are [outer, ceil(length / block), inner]. block >= 1. */
size_t xq_quantize_blocked(const float* x, size_t outer, size_t length, size_t inner, size_t block,
                           const float* scale, const int32_t* zero_point, xq_type type, void* q);

/* ---- Dequantize: 8, 16 or 32 bit -> f32 ------------------------------------------------------
 * x = f32(f32(q - zp) * scale); q - zp is exact for 8 and 16 bit. Same requirements. */
void xq_dequantize_s8_f32(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x);
void xq_dequantize_u8_f32(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x);
void xq_dequantize(const void* q, size_t n, const xq_quant* from, float* x);

void xq_dequantize_axis_s8_f32(const int8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x);
void xq_dequantize_axis_u8_f32(const uint8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x);
void xq_dequantize_axis(const void* q, size_t outer, size_t channels, size_t inner,
                        const float* scale, const int32_t* zero_point, xq_type type, float* x);
void xq_dequantize_blocked(const void* q, size_t outer, size_t length, size_t inner, size_t block,
                           const float* scale, const int32_t* zero_point, xq_type type, float* x);

/* int32 has no zero point (ONNX): x = f32(f32(q) * scale); f32(q) rounds beyond 2^24. */
void xq_dequantize_axis_s32_f32(const int32_t* q, size_t outer, size_t channels, size_t inner,
                                const float* scale, float* x);

/* Range of the tensor widened to 0; scale, zero point and codes of ONNX DynamicQuantizeLinear:
 * scale = f32(f32(max - min) / 255), zp = clamp(rhe(f32(-min / scale)), 0, 255); scale is 1 where
 * that gives 0. x is finite. */
void xq_dynamic_quantize_f32_u8(const float* x, size_t n, float* scale, int32_t* zero_point,
                                uint8_t* q);

/* ---- Requantize: int32 accumulator -> 8 bit --------------------------------------------------
 * q = clamp(rhe(f32(f32(acc) * m)), qmin - zp, qmax - zp) + zp
 * f32(acc) is exact for |acc| <= 2^24 and rounds half to even beyond. No addition follows the
 * multiplication in floating point, so a fused multiply-add cannot change the result. */
typedef struct xq_requant {
  const float* multiplier; /* finite, >= 0; xq_requant_multiplier() */
  size_t multipliers;      /* 1, or one for each output channel */
  int32_t zero_point;      /* of the output, within the range of its type (not of [qmin, qmax]) */
  int32_t qmin, qmax;      /* bounds of q, within the range of its type; fused Relu: qmin = zp */
  /* NULL: none. Otherwise m is the accumulator's unit f32(input_scale * weight_scale), the stage's
   * value 0 is f32(f32(acc) * m), and q is what xq_stage.h says. */
  const xq_stage* stage;
} xq_requant;

/* m = f32(f32(input_scale * weight_scale) / output_scale), in this order. */
float xq_requant_multiplier(float input_scale, float weight_scale, float output_scale);

/* Tensors are [outer, channels, inner]; multiplier[c] belongs to channel c. */
void xq_requantize_s32_s8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, int8_t* q);
void xq_requantize_s32_u8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, uint8_t* q);

/* ---- Requantize in fixed point ---------------------------------------------------------------
 * For runtimes without floating point. A real multiplier is multiplier * 2^(shift - 31) with
 * 2^30 <= multiplier < 2^31 (or 0, shift 0) and -31 <= shift <= 30.
 *   XQ_ONE_ROUNDING   v = acc * multiplier / 2^(31 - shift), the exact product rounded once as
 *                     `rounding` says. (XNNPACK's rndnu: half up. RVV's vxrm rnu / rne.)
 *   XQ_TWO_ROUNDINGS  v = divide(high(saturate(acc * 2^max(shift, 0)), multiplier),
 *                     max(-shift, 0)), gemmlowp and TFLite: `high` is
 *                     xq_saturating_doubling_high(), which rounds half up, `divide` is
 *                     xq_rounding_divide(), which rounds as `rounding` says (gemmlowp: away).
 * v saturates to int32; q = clamp(v, qmin - zp, qmax - zp) + zp. */
typedef enum xq_rounding {
  XQ_HALF_UP = 1,   /* towards +infinity: floor(v + 1/2) */
  XQ_HALF_EVEN = 2, /* as IEEE 754 */
  XQ_HALF_AWAY = 3  /* from zero */
} xq_rounding;

typedef enum xq_fixed_steps { XQ_ONE_ROUNDING = 1, XQ_TWO_ROUNDINGS = 2 } xq_fixed_steps;

typedef struct xq_fixed {
  const int32_t* multiplier; /* Q0.31 */
  const int32_t* shift;      /* > 0 to the left, < 0 to the right */
  size_t multipliers;        /* 1, or one for each channel */
  xq_rounding rounding;
  xq_fixed_steps steps;
  int32_t zero_point, qmin, qmax; /* as in xq_requant */
} xq_fixed;

/* The nearest multiplier and shift of a finite real in [0, 2^30): 31 bits, half away from zero; a
 * real below 2^-32 gives 0. */
void xq_fixed_multiplier(double real, int32_t* multiplier, int32_t* shift);

/* (2ab + 2^30 * 2) / 2^32 rounded half up: floor((a * b + 2^30) / 2^31), and 2^31 - 1 for
 * a = b = -2^31. gemmlowp's SaturatingRoundingDoublingHighMul, Arm's SQRDMULH, RVV's vsmul (rnu).
 */
int32_t xq_saturating_doubling_high(int32_t a, int32_t b);

/* v / 2^exponent; 0 <= exponent <= 31. With XQ_HALF_AWAY gemmlowp's RoundingDivideByPOT. */
int32_t xq_rounding_divide(int32_t v, int32_t exponent, xq_rounding rounding);

/* acc is [outer, channels, inner]. */
void xq_requantize_fixed(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                         const xq_fixed* to, xq_type type, void* q);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_QUANTIZE_H_ */
