/* Convolutions in one, two and three dimensions: exact int32 sums, then one requantization. */
#ifndef XQUANT_INT8_XQ_CONV_H_
#define XQUANT_INT8_XQ_CONV_H_

#include "int8/xq_product.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Conv ------------------------------------------------------------------------------------
 * x [batch, in_channels, in..], w [out_channels, in_channels / groups, kernel..]
 * acc = bias[oc] + sum over (ic, k) of
 *       (x[ic][o * stride - pad_begin + k * dilation] - zx) * (w[oc][ic][k] - zw[oc])
 * Outside the image x is zx: padding adds nothing. Depth in_channels / groups * kernel as in Gemm;
 * bias and wrapping as in Gemm. groups = in_channels is depthwise.
 * Spatial arrays are {depth, height, width}; 1-D and 2-D have leading {1} in `in` and `kernel`, 1
 * in `stride` and `dilation`, 0 in the pads. */
typedef struct xq_conv {
  size_t batch, in_channels, out_channels;
  size_t groups; /* divides both channel counts */
  size_t in[3], kernel[3];
  size_t stride[3], dilation[3]; /* >= 1 */
  size_t pad_begin[3], pad_end[3];
  size_t output_padding[3]; /* ConvTranspose only, < stride or < dilation; 0 otherwise */
} xq_conv;

/* floor((in + pads - ((kernel - 1) * dilation + 1)) / stride) + 1. Requires a kernel that fits. */
size_t xq_conv_out(const xq_conv* conv, size_t axis);

size_t xq_conv_packed_size(const xq_conv* conv); /* bytes; independent of batch and image */
void xq_conv_pack(const xq_conv* conv, const xq_weights* w, void* packed);
size_t xq_conv_workspace_size(const xq_conv* conv); /* bytes */

void xq_conv_s32(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                 int32_t* acc, void* workspace);
/* Requantized; multipliers run over out_channels. */
void xq_conv_q8(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_requant* to, xq_type type, void* y, void* workspace);

/* ---- ConvTranspose ---------------------------------------------------------------------------
 * x [batch, in_channels, in..], w [in_channels, out_channels / groups, kernel..]
 * acc[oc][o] = bias[oc] + sum over (ic, i, k) with o = i * stride + k * dilation - pad_begin of
 *              (x[ic][i] - zx) * (w[ic][oc][k] - zw[oc])
 * in_channels / groups * kernel is the depth. zero points of w: 0, 1 or out_channels. */

/* (in - 1) * stride + (kernel - 1) * dilation + 1 + output_padding - pads. */
size_t xq_conv_transpose_out(const xq_conv* conv, size_t axis);

size_t xq_conv_transpose_packed_size(const xq_conv* conv);
void xq_conv_transpose_pack(const xq_conv* conv, const xq_weights* w, void* packed);
size_t xq_conv_transpose_workspace_size(const xq_conv* conv);
void xq_conv_transpose_s32(const xq_conv* conv, const xq_codes* x, const void* packed,
                           const int32_t* bias, int32_t* acc, void* workspace);
void xq_conv_transpose_q8(const xq_conv* conv, const xq_codes* x, const void* packed,
                          const int32_t* bias, const xq_requant* to, xq_type type, void* y,
                          void* workspace);

/* ---- Conv2d: the same for symmetric s8 weights and s8 tensors ---------------------------------
 */
typedef struct xq_conv2d {
  size_t batch, in_channels, in_height, in_width;
  size_t out_channels, groups;
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t dilation_height, dilation_width;
  size_t pad_top, pad_left, pad_bottom, pad_right;
} xq_conv2d;

size_t xq_conv2d_out_height(const xq_conv2d* conv);
size_t xq_conv2d_out_width(const xq_conv2d* conv);
size_t xq_conv2d_packed_size(const xq_conv2d* conv);
void xq_conv2d_pack(const xq_conv2d* conv, const int8_t* w, void* packed);
size_t xq_conv2d_workspace_size(const xq_conv2d* conv);
void xq_conv2d_s8_s32(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point,
                      const void* packed, const int32_t* bias, int32_t* acc, void* workspace);
void xq_conv2d_s8(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point, const void* packed,
                  const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_CONV_H_ */
