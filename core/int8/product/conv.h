/* The ways to convolve; conv.c chooses. */
#ifndef XQUANT_INT8_PRODUCT_CONV_H_
#define XQUANT_INT8_PRODUCT_CONV_H_

#include "int8/product/emit.h"
#include "int8/product/operand.h"
#include "int8/xq_conv.h"

/* So many outputs of one input channel make a matrix product of its patches worth while. */
enum { XQ_DEPTHWISE_OUTPUTS = 8 };

/* One input channel for each output in a plane: no sum over channels, so no matrix product. */
static inline int xq_is_depthwise(const xq_conv* conv) {
  return conv->groups == conv->in_channels &&
         conv->out_channels < XQ_DEPTHWISE_OUTPUTS * conv->groups && conv->in[0] == 1 &&
         conv->kernel[0] == 1 && conv->pad_begin[0] == 0 && conv->pad_end[0] == 0 &&
         conv->stride[0] == 1;
}

/* Positions of a kernel. */
static inline size_t xq_taps(const xq_conv* conv) {
  return conv->kernel[0] * conv->kernel[1] * conv->kernel[2];
}

/* Depth of the sum of one output element. */
static inline size_t xq_conv_depth(const xq_conv* conv) {
  return conv->in_channels / conv->groups * xq_taps(conv);
}

/* What Conv and ConvTranspose ask of their parameters. */
void xq_require_conv(const xq_conv* conv);

size_t xq_depthwise_packed_size(const xq_conv* conv);
void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                       void* packed);
size_t xq_depthwise_workspace_size(const xq_conv* conv);
void xq_depthwise(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                  const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace);

#endif /* XQUANT_INT8_PRODUCT_CONV_H_ */
