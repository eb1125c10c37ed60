/* Several operands over the dimensions of the result that they broadcast to, run by run. */
#ifndef XQUANT_INT8_REAL_BROADCAST_H_
#define XQUANT_INT8_REAL_BROADCAST_H_

#include "int8/xq_expression.h"

/* Neighbouring dimensions are merged where all operands go on without a jump. Steps count elements;
 * 0 repeats. A run is the innermost dimension, whose steps are 0 or 1. */
typedef struct xq_broadcast {
  size_t rank, operands; /* rank >= 1 */
  size_t dims[XQ_MAX_RANK];
  size_t step[XQ_MAX_OPERANDS][XQ_MAX_RANK];
  size_t at[XQ_MAX_OPERANDS]; /* where the operands are in the current run */
  size_t index[XQ_MAX_RANK];
} xq_broadcast;

/* At the first run. */
void xq_broadcast_over(const xq_shape* result, const xq_shape* const* shapes, size_t operands,
                       xq_broadcast* b);
void xq_broadcast_next(xq_broadcast* b);

#endif /* XQUANT_INT8_REAL_BROADCAST_H_ */
