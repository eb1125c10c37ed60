#include "int8/product/conv.h"

#include "int8/product/block.h"
#include "int8/product/conv_bands.h"
#include "int8/product/patch_product.h"
#include "int8/product/winograd.h"

void xq_require_conv(const xq_conv* conv) {
  XQ_REQUIRE(conv != NULL);
  XQ_REQUIRE(conv->in_channels >= 1 && conv->out_channels >= 1 && conv->groups >= 1);
  XQ_REQUIRE(conv->in_channels % conv->groups == 0 && conv->out_channels % conv->groups == 0);
  for (size_t d = 0; d < 3; ++d) {
    XQ_REQUIRE(conv->in[d] >= 1 && conv->kernel[d] >= 1);
    XQ_REQUIRE(conv->stride[d] >= 1 && conv->dilation[d] >= 1);
  }
  XQ_REQUIRE(xq_conv_depth(conv) <= XQ_MAX_DEPTH);
}

size_t xq_conv_out(const xq_conv* conv, size_t axis) {
  XQ_REQUIRE(conv != NULL && axis < 3);
  const size_t reach = (conv->kernel[axis] - 1) * conv->dilation[axis] + 1;
  const size_t room = conv->in[axis] + conv->pad_begin[axis] + conv->pad_end[axis];
  XQ_REQUIRE(room >= reach);
  return (room - reach) / conv->stride[axis] + 1;
}

static size_t out_positions(const xq_conv* conv) {
  return xq_conv_out(conv, 0) * xq_conv_out(conv, 1) * xq_conv_out(conv, 2);
}

/* A 1x1 convolution that visits every pixel sees the image as one long row. */
static int is_flat(const xq_conv* conv) {
  int flat = 1;
  for (size_t d = 0; d < 3; ++d) {
    flat = flat && conv->kernel[d] == 1 && conv->stride[d] == 1 && conv->pad_begin[d] == 0 &&
           conv->pad_end[d] == 0;
  }
  return flat;
}

static xq_grid grid_of(const xq_conv* conv) {
  xq_grid grid;
  for (size_t d = 0; d < 3; ++d) {
    grid.in[d] = conv->in[d];
    grid.out[d] = xq_conv_out(conv, d);
    grid.step[d] = conv->stride[d];
  }
  if (is_flat(conv)) {
    grid.in[2] = xq_volume(conv->in);
    grid.out[2] = grid.in[2];
    grid.in[0] = grid.in[1] = grid.out[0] = grid.out[1] = 1;
  }
  return grid;
}

static void find_taps(const xq_conv* conv, xq_tap* taps) {
  for (size_t t = 0; t < xq_taps(conv); ++t) {
    const size_t k[3] = {t / (conv->kernel[1] * conv->kernel[2]),
                         t / conv->kernel[2] % conv->kernel[1], t % conv->kernel[2]};
    for (size_t d = 0; d < 3; ++d) {
      taps[t].at[d] = (ptrdiff_t)(k[d] * conv->dilation[d]) - (ptrdiff_t)conv->pad_begin[d];
    }
  }
}

/* Weights for Winograd's filtering have room for those of the direct product: 16 elements of a
 * channel instead of 9. */
size_t xq_conv_packed_size(const xq_conv* conv) {
  xq_require_conv(conv);
  if (xq_is_depthwise(conv)) return xq_depthwise_packed_size(conv);
  if (xq_wants_winograd(conv)) return xq_winograd_packed_size(conv);
  return sizeof(xq_packed_header) +
         conv->groups * xq_row_panels(conv->out_channels / conv->groups) *
             xq_row_panel(xq_active(), xq_conv_depth(conv)) * sizeof(int16_t);
}

void xq_conv_pack(const xq_conv* conv, const xq_weights* w, void* packed) {
  xq_require_conv(conv);
  const size_t depth = xq_conv_depth(conv);
  xq_require_weights(w, conv->out_channels, depth);
  XQ_REQUIRE(w->data != NULL && packed != NULL && xq_is_aligned(packed));
  const xq_kernels* kernels = xq_active();
  if (xq_is_depthwise(conv)) {
    xq_depthwise_pack(kernels, conv, w, packed);
    return;
  }
  const uint32_t kind = xq_wants_winograd(conv) ? xq_winograd_kind(conv, w) : XQ_PACKED_CONV;
  if (kind != XQ_PACKED_CONV) {
    xq_winograd_pack(kernels, kind, conv, w, packed);
    return;
  }
  const size_t rows = conv->out_channels / conv->groups;
  const xq_zeros zeros = xq_zeros_of(w);
  const xq_codes codes = {w->data, w->type, 0};
  int16_t* panel = xq_write_header(packed, kernels, XQ_PACKED_CONV, conv->out_channels, depth);
  for (size_t g = 0; g < conv->groups; ++g) {
    for (size_t r = 0; r < rows; r += XQ_TILE_ROWS) {
      const size_t channel = g * rows + r;
      xq_pack_weight_rows(kernels, &codes, channel * depth, xq_min(XQ_TILE_ROWS, rows - r), depth,
                          zeros.zero_point + channel * zeros.zero_step, zeros.zero_step, panel);
      panel += xq_row_panel(kernels, depth);
    }
  }
}

/* Workspace of the matrix product: taps, then its scratch memory. */
static size_t tap_bytes(const xq_conv* conv) {
  return xq_round_up(xq_taps(conv) * sizeof(xq_tap), XQ_LINE_BYTES);
}

static size_t product_workspace_size(const xq_conv* conv) {
  if (xq_wants_bands(conv)) return xq_conv_bands_workspace_size(conv);
  return tap_bytes(conv) + xq_patch_scratch(xq_active(), out_positions(conv), xq_conv_depth(conv));
}

size_t xq_conv_workspace_size(const xq_conv* conv) {
  xq_require_conv(conv);
  if (xq_is_depthwise(conv)) return xq_depthwise_workspace_size(conv);
  const size_t direct = product_workspace_size(conv);
  if (!xq_wants_winograd(conv)) return direct;
  const size_t winograd = xq_winograd_workspace_size(conv); /* the weights decide which it is */
  return winograd > direct ? winograd : direct;
}

static void conv_by_product(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                            const void* packed, const int32_t* bias, const xq_sink* sink,
                            void* workspace) {
  const size_t depth = xq_conv_depth(conv);
  const size_t rows = conv->out_channels / conv->groups;
  const size_t channels = conv->in_channels / conv->groups;
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_CONV, conv->out_channels, depth);
  if (xq_wants_bands(conv)) {
    xq_conv_bands(kernels, conv, x, weights, bias, sink, workspace);
    return;
  }
  xq_tap* taps = workspace;
  find_taps(conv, taps);
  xq_patch_product product = {
      .patches = {grid_of(conv), taps, xq_taps(conv), channels},
      .place = {{1, 1, out_positions(conv)}, {0, 0, 0}, {1, 1, 1}},
      .rows = rows,
  };
  for (size_t i = 0; i < conv->batch * conv->groups; ++i) {
    const size_t group = i % conv->groups;
    product.weights = weights + group * xq_row_panels(rows) * xq_row_panel(kernels, depth);
    product.channel = group * rows;
    product.bias = bias == NULL ? NULL : bias + product.channel;
    product.plane = i * rows;
    xq_multiply_patches(kernels, &product, x, i * channels * xq_volume(conv->in), sink,
                        (char*)workspace + tap_bytes(conv));
  }
}

static void run(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_sink* sink, void* workspace) {
  xq_require_conv(conv);
  xq_require_codes(x);
  XQ_REQUIRE(x->data != NULL);
  XQ_REQUIRE(packed != NULL && xq_is_aligned(packed));
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  if (xq_is_depthwise(conv)) {
    xq_depthwise(kernels, conv, x, packed, bias, sink, workspace);
  } else if (xq_is_packed_for_winograd(packed)) {
    xq_winograd(kernels, conv, x, packed, bias, sink, workspace);
  } else {
    conv_by_product(kernels, conv, x, packed, bias, sink, workspace);
  }
}

void xq_conv_s32(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                 int32_t* acc, void* workspace) {
  XQ_REQUIRE(acc != NULL);
  const xq_sink sink = {.acc = acc};
  run(conv, x, packed, bias, &sink, workspace);
}

void xq_conv_q8(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_requant* to, xq_type type, void* y, void* workspace) {
  XQ_REQUIRE(conv != NULL && y != NULL);
  XQ_REQUIRE(type == XQ_S8 || type == XQ_U8);
  xq_require_requant(to, conv->out_channels, xq_range_of(type));
  const xq_sink sink = {.q = y, .to = to};
  run(conv, x, packed, bias, &sink, workspace);
}
