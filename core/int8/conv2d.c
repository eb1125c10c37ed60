#include "int8/conv2d.h"

#include "int8/block.h"
#include "int8/im2col.h"
#include "int8/require.h"

static size_t out_extent(size_t in, size_t pads, size_t kernel, size_t dilation, size_t stride) {
  const size_t reach = (kernel - 1) * dilation + 1;
  XQ_REQUIRE(in + pads >= reach);
  return (in + pads - reach) / stride + 1;
}

static void require_conv(const xq_conv2d* conv) {
  XQ_REQUIRE(conv != NULL);
  XQ_REQUIRE(conv->in_channels >= 1 && conv->in_height >= 1 && conv->in_width >= 1);
  XQ_REQUIRE(conv->out_channels >= 1 && conv->groups >= 1);
  XQ_REQUIRE(conv->in_channels % conv->groups == 0 && conv->out_channels % conv->groups == 0);
  XQ_REQUIRE(conv->kernel_height >= 1 && conv->kernel_width >= 1);
  XQ_REQUIRE(conv->stride_height >= 1 && conv->stride_width >= 1);
  XQ_REQUIRE(conv->dilation_height >= 1 && conv->dilation_width >= 1);
  XQ_REQUIRE(xq_conv2d_depth(conv) <= XQ_MAX_DEPTH);
}

size_t xq_conv2d_out_height(const xq_conv2d* conv) {
  return out_extent(conv->in_height, conv->pad_top + conv->pad_bottom, conv->kernel_height,
                    conv->dilation_height, conv->stride_height);
}

size_t xq_conv2d_out_width(const xq_conv2d* conv) {
  return out_extent(conv->in_width, conv->pad_left + conv->pad_right, conv->kernel_width,
                    conv->dilation_width, conv->stride_width);
}

static size_t out_pixels(const xq_conv2d* conv) {
  return xq_conv2d_out_height(conv) * xq_conv2d_out_width(conv);
}

/* A 1x1 convolution that visits every pixel sees the image as one long row. */
static xq_conv2d flattened(const xq_conv2d* conv) {
  xq_conv2d flat = *conv;
  const size_t pads = conv->pad_top + conv->pad_left + conv->pad_bottom + conv->pad_right;
  if (conv->kernel_height * conv->kernel_width == 1 && pads == 0 && conv->stride_height == 1 &&
      conv->stride_width == 1) {
    flat.in_width = conv->in_height * conv->in_width;
    flat.in_height = 1;
  }
  return flat;
}

static size_t row_panels(const xq_conv2d* conv) {
  return (conv->out_channels / conv->groups + XQ_TILE_ROWS - 1) / XQ_TILE_ROWS;
}

size_t xq_conv2d_packed_size(const xq_conv2d* conv) {
  require_conv(conv);
  if (xq_conv2d_is_depthwise(conv)) return xq_depthwise_packed_size(conv);
  return sizeof(xq_packed_header) + conv->groups * row_panels(conv) *
                                        xq_row_panel(xq_active(), xq_conv2d_depth(conv)) *
                                        sizeof(int16_t);
}

void xq_conv2d_pack(const xq_conv2d* conv, const int8_t* w, void* packed) {
  require_conv(conv);
  XQ_REQUIRE(w != NULL && packed != NULL && xq_is_aligned(packed));
  const xq_kernels* kernels = xq_active();
  if (xq_conv2d_is_depthwise(conv)) {
    xq_depthwise_pack(kernels, conv, w, packed);
    return;
  }
  const size_t depth = xq_conv2d_depth(conv);
  const size_t rows = conv->out_channels / conv->groups;
  int16_t* panel = xq_write_header(packed, kernels, XQ_PACKED_CONV, conv->out_channels, depth);
  for (size_t g = 0; g < conv->groups; ++g) {
    for (size_t r = 0; r < rows; r += XQ_TILE_ROWS) {
      xq_pack_rows(kernels, w + (g * rows + r) * depth, xq_min(XQ_TILE_ROWS, rows - r), depth,
                   depth, 0, panel);
      panel += xq_row_panel(kernels, depth);
    }
  }
}

/* Workspace of the matrix product: accumulators [XQ_TILE_ROWS][columns], lines
 * [k_group][columns], a block of `columns` columns. */
size_t xq_conv2d_workspace_size(const xq_conv2d* conv) {
  require_conv(conv);
  if (xq_conv2d_is_depthwise(conv)) return xq_depthwise_workspace_size(conv);
  const xq_kernels* kernels = xq_active();
  const size_t columns = xq_block_columns(kernels, out_pixels(conv));
  const size_t panels = columns / kernels->tile_columns();
  return XQ_TILE_ROWS * columns * sizeof(int32_t) + kernels->k_group * columns * sizeof(int16_t) +
         panels * xq_column_panel(kernels, xq_conv2d_depth(conv)) * sizeof(int16_t);
}

/* Output channels of one group for a block of output pixels. */
typedef struct pixel_block {
  const int16_t* block;
  size_t columns, count; /* computed, wanted */
  size_t first_pixel, pixels;
} pixel_block;

static void multiply_group(const xq_kernels* kernels, const xq_conv2d* conv, size_t image,
                           size_t group, const int16_t* weights, const int32_t* bias,
                           const pixel_block* at, const xq_sink* sink, int32_t* acc) {
  const size_t depth = xq_conv2d_depth(conv);
  const size_t rows = conv->out_channels / conv->groups;
  for (size_t r0 = 0; r0 < rows; r0 += XQ_TILE_ROWS) {
    const size_t channel = group * rows + r0;
    const size_t valid = xq_min(XQ_TILE_ROWS, rows - r0);
    for (size_t i = 0; i < XQ_TILE_ROWS * at->columns; ++i) {
      const size_t r = i / at->columns;
      acc[i] = bias != NULL && r < valid ? bias[channel + r] : 0;
    }
    xq_multiply_block(kernels, depth, weights, at->block, at->columns, acc);
    weights += xq_row_panel(kernels, depth);
    for (size_t r = 0; r < valid; ++r) {
      const size_t plane = (image * conv->out_channels + channel + r) * at->pixels;
      xq_emit_channel(kernels, sink, acc + r * at->columns, at->count, channel + r,
                      plane + at->first_pixel);
    }
  }
}

static void conv_by_product(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* x,
                            int32_t x_zero_point, const void* packed, const int32_t* bias,
                            const xq_sink* sink, void* workspace) {
  const size_t depth = xq_conv2d_depth(conv);
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_CONV, conv->out_channels, depth);
  pixel_block at = {.pixels = out_pixels(conv)};
  at.columns = xq_block_columns(kernels, at.pixels);
  int32_t* acc = workspace;
  int16_t* lines = (int16_t*)(acc + XQ_TILE_ROWS * at.columns);
  int16_t* block = lines + kernels->k_group * at.columns;
  at.block = block;
  const size_t group_size = conv->in_channels / conv->groups * conv->in_height * conv->in_width;
  const size_t group_panels = row_panels(conv) * xq_row_panel(kernels, depth);
  for (size_t i = 0; i < conv->batch * conv->groups; ++i) {
    const size_t group = i % conv->groups;
    for (at.first_pixel = 0; at.first_pixel < at.pixels; at.first_pixel += at.columns) {
      at.count = xq_min(at.columns, at.pixels - at.first_pixel);
      xq_im2col_block(kernels, conv, x + i * group_size, x_zero_point, at.first_pixel, at.count,
                      at.columns, lines, block);
      multiply_group(kernels, conv, i / conv->groups, group, weights + group * group_panels, bias,
                     &at, sink, acc);
    }
  }
}

static void conv2d(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point, const void* packed,
                   const int32_t* bias, const xq_sink* sink, void* workspace) {
  require_conv(conv);
  XQ_REQUIRE(x != NULL && xq_is_within(x_zero_point, kRangeS8));
  XQ_REQUIRE(packed != NULL && xq_is_aligned(packed));
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  if (xq_conv2d_is_depthwise(conv)) {
    xq_depthwise(kernels, conv, x, x_zero_point, packed, bias, sink, workspace);
    return;
  }
  const xq_conv2d flat = flattened(conv);
  conv_by_product(kernels, &flat, x, x_zero_point, packed, bias, sink, workspace);
}

void xq_conv2d_s8_s32(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point,
                      const void* packed, const int32_t* bias, int32_t* acc, void* workspace) {
  XQ_REQUIRE(acc != NULL);
  const xq_sink sink = {.acc = acc};
  conv2d(conv, x, x_zero_point, packed, bias, &sink, workspace);
}

void xq_conv2d_s8(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point, const void* packed,
                  const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace) {
  XQ_REQUIRE(conv != NULL && y != NULL);
  xq_require_requant(to, conv->out_channels, kRangeS8);
  const xq_sink sink = {.q = y, .to = to};
  conv2d(conv, x, x_zero_point, packed, bias, &sink, workspace);
}
