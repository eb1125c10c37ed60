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

/* real = the result of the last step; q = clamp(rhe(f32(real / scale)), qmin - zp, qmax - zp) + zp,
 * NaN gives zp. 1 <= count <= XQ_MAX_STEPS; scale is finite and > 0. */
typedef struct xq_stage {
  const xq_step* steps;
  size_t count;
  float scale;
} xq_stage;

/* The stage on floats that are there already: x is [outer, channels, inner], as is y, which may be
 * x. What behind a product stands between accumulator and codes. */
void xq_stage_f32(const xq_stage* stage, const float* x, size_t outer, size_t channels,
                  size_t inner, float* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_STAGE_H_ */
