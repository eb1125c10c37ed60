#include "int8/product/operand.h"
#include "int8/xq_conv.h"

static xq_conv conv_of(const xq_conv2d* c) {
  XQ_REQUIRE(c != NULL);
  const xq_conv conv = {
      .batch = c->batch,
      .in_channels = c->in_channels,
      .out_channels = c->out_channels,
      .groups = c->groups,
      .in = {1, c->in_height, c->in_width},
      .kernel = {1, c->kernel_height, c->kernel_width},
      .stride = {1, c->stride_height, c->stride_width},
      .dilation = {1, c->dilation_height, c->dilation_width},
      .pad_begin = {0, c->pad_top, c->pad_left},
      .pad_end = {0, c->pad_bottom, c->pad_right},
  };
  return conv;
}

size_t xq_conv2d_out_height(const xq_conv2d* conv) {
  const xq_conv c = conv_of(conv);
  return xq_conv_out(&c, 1);
}

size_t xq_conv2d_out_width(const xq_conv2d* conv) {
  const xq_conv c = conv_of(conv);
  return xq_conv_out(&c, 2);
}

size_t xq_conv2d_packed_size(const xq_conv2d* conv) {
  const xq_conv c = conv_of(conv);
  return xq_conv_packed_size(&c);
}

void xq_conv2d_pack(const xq_conv2d* conv, const int8_t* w, void* packed) {
  const xq_conv c = conv_of(conv);
  const xq_weights weights = {w, XQ_S8, NULL, 0};
  xq_conv_pack(&c, &weights, packed);
}

size_t xq_conv2d_workspace_size(const xq_conv2d* conv) {
  const xq_conv c = conv_of(conv);
  return xq_conv_workspace_size(&c);
}

void xq_conv2d_s8_s32(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point,
                      const void* packed, const int32_t* bias, int32_t* acc, void* workspace) {
  const xq_conv c = conv_of(conv);
  const xq_codes codes = xq_codes_s8(x, x_zero_point);
  xq_conv_s32(&c, &codes, packed, bias, acc, workspace);
}

void xq_conv2d_s8(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point, const void* packed,
                  const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace) {
  const xq_conv c = conv_of(conv);
  const xq_codes codes = xq_codes_s8(x, x_zero_point);
  xq_conv_q8(&c, &codes, packed, bias, to, XQ_S8, y, workspace);
}
