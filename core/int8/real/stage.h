/* Where a product meets its stage. */
#ifndef XQUANT_INT8_REAL_STAGE_H_
#define XQUANT_INT8_REAL_STAGE_H_

#include "int8/codes/codes.h"
#include "int8/isa/kernels.h"
#include "int8/xq_quantize.h"

/* Whether consecutive elements belong to one output channel or to consecutive ones. */
typedef enum xq_channel_order { XQ_SAME_CHANNEL = 0, XQ_NEXT_CHANNEL = 1 } xq_channel_order;

/* q[i] from acc[i] through to->stage; the first element belongs to output channel `channel`. */
void xq_emit_stage(const xq_kernels* kernels, const xq_requant* to, const int32_t* acc, size_t n,
                   size_t channel, xq_channel_order order, uint8_t* q);

/* The values of a chunk: the product's and that of every step. */
typedef float xq_stage_values[XQ_MAX_STEPS + 1][XQ_CHUNK];

/* Runs all steps on a chunk of n elements whose value 0 is there; returns the last value. */
const float* xq_run_stage(const xq_kernels* kernels, const xq_stage* stage, size_t n,
                          size_t channel, xq_channel_order order, xq_stage_values values);

/* Whether a channel's stage is a function that kernels take with the requantization: LeakyRelu or
 * PRelu with a slope in (0, 1], HardSwish, x * HardSigmoid(x). */
int xq_is_short(const xq_stage* stage, size_t channel, float unit, xq_short* f);

/* Whether step i multiplies value 0 by the value before the step, as gates do. */
int xq_is_gated(const xq_stage* stage, size_t i);

/* z[i] = op(x[i], y[i]); z may be x or y. */
void xq_apply_binary(xq_binary_op op, const float* x, const float* y, size_t n, float* z);

void xq_require_stage(const xq_stage* stage, size_t channels);

#endif /* XQUANT_INT8_REAL_STAGE_H_ */
