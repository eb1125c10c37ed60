/* The two ways to convolve; conv2d.c chooses. */
#ifndef XQUANT_INT8_CONV2D_H_
#define XQUANT_INT8_CONV2D_H_

#include "int8/emit.h"

/* One input channel for each output: no sum over channels, so no matrix product. */
static inline int xq_conv2d_is_depthwise(const xq_conv2d* conv) {
  return conv->groups == conv->in_channels;
}

/* Depth of the sum of one output element. */
static inline size_t xq_conv2d_depth(const xq_conv2d* conv) {
  return conv->in_channels / conv->groups * conv->kernel_height * conv->kernel_width;
}

size_t xq_depthwise_packed_size(const xq_conv2d* conv);
void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* w,
                       void* packed);
size_t xq_depthwise_workspace_size(const xq_conv2d* conv);
void xq_depthwise(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* x,
                  int32_t x_zero_point, const void* packed, const int32_t* bias,
                  const xq_sink* sink, void* workspace);

#endif /* XQUANT_INT8_CONV2D_H_ */
