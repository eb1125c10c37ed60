/* Where a matrix product or convolution puts its accumulators: into an int32 tensor as they are, or
 * requantized into an 8-bit tensor. */
#ifndef XQUANT_INT8_EMIT_H_
#define XQUANT_INT8_EMIT_H_

#include <string.h>

#include "int8/isa/kernels.h"
#include "int8/real/stage.h"
#include "int8/xq_quantize.h"

static inline xq_output xq_output_of(const xq_requant* to) {
  const xq_output output = {to->zero_point, to->qmin - to->zero_point, to->qmax - to->zero_point};
  return output;
}

/* Exactly one of acc and q is set; `to` belongs to q. */
typedef struct xq_sink {
  int32_t* acc;
  uint8_t* q; /* int8 or uint8: the same bytes */
  const xq_requant* to;
} xq_sink;

/* n accumulators of one output channel, to element `at` and following. */
static inline void xq_emit_channel(const xq_kernels* kernels, const xq_sink* sink,
                                   const int32_t* acc, size_t n, size_t channel, size_t at) {
  if (sink->acc != NULL) {
    memcpy(sink->acc + at, acc, n * sizeof(int32_t));
    return;
  }
  if (sink->to->stage != NULL) {
    xq_emit_stage(kernels, sink->to, acc, n, channel, XQ_SAME_CHANNEL, sink->q + at);
    return;
  }
  const float multiplier = sink->to->multiplier[sink->to->multipliers == 1 ? 0 : channel];
  kernels->requantize(acc, n, multiplier, xq_output_of(sink->to), sink->q + at);
}

/* n accumulators of the output channels channel, channel + 1, ... */
static inline void xq_emit_channels(const xq_kernels* kernels, const xq_sink* sink,
                                    const int32_t* acc, size_t n, size_t channel, size_t at) {
  if (sink->acc == NULL && sink->to->stage != NULL) {
    xq_emit_stage(kernels, sink->to, acc, n, channel, XQ_NEXT_CHANNEL, sink->q + at);
    return;
  }
  if (sink->acc != NULL || sink->to->multipliers == 1) {
    xq_emit_channel(kernels, sink, acc, n, 0, at);
    return;
  }
  kernels->requantize_each(acc, n, sink->to->multiplier + channel, xq_output_of(sink->to),
                           sink->q + at);
}

#endif /* XQUANT_INT8_EMIT_H_ */
