/* Element-wise expressions: several tensors, a few operations, one rounding. What xq_binary is for
 * two tensors of codes and one operation: sums of several tensors, Where, float constants of any
 * shape, functions of a sum or of a product. */
#ifndef XQUANT_INT8_XQ_EXPRESSION_H_
#define XQUANT_INT8_XQ_EXPRESSION_H_

#include "int8/xq_stage.h"

#ifdef __cplusplus
extern "C" {
#endif

#define XQ_MAX_OPERANDS 8

typedef enum xq_operand_kind {
  XQ_OPERAND_CODES = 1, /* real = f32(f32(q - zero_point) * scale) */
  XQ_OPERAND_REALS = 2, /* f32 */
  XQ_OPERAND_FLAGS = 3, /* bytes: 0 is 0, all others are 1 */
} xq_operand_kind;

/* A dense tensor that an expression reads. */
typedef struct xq_operand {
  xq_operand_kind kind;
  const void* data;
  xq_quant quant; /* of codes; of any type */
  xq_shape shape;
} xq_operand;

/* The shape that the operands broadcast to, as NumPy's do; 0 when they do not. */
int xq_expression_shape(const xq_operand* operands, size_t count, xq_shape* shape);

/* Values 0 ... operand_count - 1 are the operands, value operand_count + i is the result of step i,
 * each operation one f32 rounding; the last value is quantized. 1 <= operand_count <=
 * XQ_MAX_OPERANDS, 1 <= step_count <= XQ_MAX_STEPS; no operand of a step is XQ_STEP_CONSTANT: a
 * constant is an operand of reals. Returns the number of NaN. z overlaps no operand. */
size_t xq_expression(const xq_operand* operands, size_t operand_count, const xq_step* steps,
                     size_t step_count, const xq_quant* to, void* z);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_EXPRESSION_H_ */
