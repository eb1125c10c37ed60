/* Real-valued stages: functions between an exact product and its codes, such as LeakyRelu,
 * HardSwish or SiLU behind a convolution. Relu and Clip need none: they are bounds of q. */
#ifndef XQUANT_INT8_XQ_STAGE_H_
#define XQUANT_INT8_XQ_STAGE_H_

#include "int8/xq_elementwise.h"

#ifdef __cplusplus
extern "C" {
#endif

#define XQ_MAX_STEPS 8

/* An operand of a step that is no earlier value but step.constant. */
#define XQ_STEP_CONSTANT (-1)

typedef enum xq_step_kind {
  XQ_STEP_UNARY = 1,
  XQ_STEP_BINARY = 2,
  XQ_STEP_SELECT = 3, /* of expressions only (xq_expression.h) */
} xq_step_kind;

/* One operation on every element. Value 0 is the product's, value i + 1 the result of step i. */
typedef struct xq_step {
  xq_step_kind kind;
  xq_unary_function unary; /* XQ_STEP_UNARY: of value a */
  xq_binary_op binary;     /* XQ_STEP_BINARY: of a and b, one f32 rounding */
  int a, b;                /* values before this step, or (binary) one of them XQ_STEP_CONSTANT */
  const float* constant;   /* one, or one for each output channel */
  size_t constants;
  int c; /* XQ_STEP_SELECT: a != 0 ? b : c */
} xq_step;

struct xq_curve;

/* real = the result of the last step; q = clamp(rhe(f32(real / scale)), qmin - zp, qmax - zp) + zp,
 * NaN gives zp. 1 <= count <= XQ_MAX_STEPS; scale is finite and > 0. */
typedef struct xq_stage {
  const xq_step* steps;
  size_t count;
  float scale;
  const struct xq_curve* curve; /* NULL, or what xq_curve_of() found for this stage */
} xq_stage;

/* The stage on floats that are there already: x is [outer, channels, inner], as is y, which may be
 * x. What behind a product stands between accumulator and codes. */
void xq_stage_f32(const xq_stage* stage, const float* x, size_t outer, size_t channels,
                  size_t inner, float* y);

/* Where the codes of a stage change, so that most elements are looked up instead of computed: the
 * sigmoid of SiLU costs more than the requantization around it. Value 0 lies in one of up to
 * XQ_CURVE_BUCKETS intervals, and there at one of XQ_CURVE_TICKS places,
 *   place = min(max(f32(f32(real * per_unit) + offset), 2^23), last) - 2^23, bucket = place >> 12.
 * bucket[b] + place modulo 2^12 has in its upper half the code less the least one, after a carry
 * where the code changes; less than `unsure` in its lower half says that rounding may decide, and
 * the element is computed. So q is what it is without a curve, bit by bit. */
#define XQ_CURVE_BUCKETS 2048
#define XQ_CURVE_TICKS 4096
typedef struct xq_curve {
  float per_unit, offset, last;
  int32_t least; /* code that 0 in the upper half stands for */
  uint32_t unsure;
  float scale; /* of the stage that it was made for, and its result */
  int32_t zero_point, qmin, qmax;
  uint32_t bucket[XQ_CURVE_BUCKETS];
} xq_curve;

/* Finds the curve of a stage whose steps are one of SiLU, Sigmoid, Tanh, Gelu, Mish, Elu, Softplus
 * of value 0, SiLU and Mish also as their parts, for a result of 8 bits with this zero point and
 * these bounds; 0 where there is none, or computing is faster in this instruction set. */
int xq_curve_of(const xq_stage* stage, int32_t zero_point, int32_t qmin, int32_t qmax,
                xq_curve* curve);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_STAGE_H_ */
