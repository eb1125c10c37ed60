#include <stdlib.h>
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/patch_product.h"
#include "int8/product/winograd.h"

enum { kTaps = 9 };

int xq_winograd_is_exact(const xq_conv* conv, const xq_weights* w) {
  const size_t depth = xq_conv_depth(conv);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  for (size_t channel = 0; channel < conv->out_channels; ++channel) {
    const uint8_t* from = (const uint8_t*)w->data + channel * depth;
    const int32_t zero_point = zeros.zero_point[channel * zeros.zero_step] - flip;
    int64_t sum = 0;
    for (size_t k = 0; k < depth; ++k) sum += abs(xq_centred(from[k], flip, zero_point));
    if (255 * sum >= (int64_t)1 << 29) return 0;
  }
  return 1;
}

static size_t panels_of_group(const xq_conv* conv) {
  return xq_row_panels(conv->out_channels / conv->groups) * XQ_WINOGRAD_ELEMENTS;
}

size_t xq_winograd_packed_size(const xq_conv* conv) {
  return sizeof(xq_packed_header) +
         conv->groups * panels_of_group(conv) *
             xq_row_panel(xq_active(), conv->in_channels / conv->groups) * sizeof(int16_t);
}

/* 2G of three numbers. */
static void expand(int32_t g0, int32_t g1, int32_t g2, int32_t u[4]) {
  u[0] = 2 * g0;
  u[1] = g0 + g1 + g2;
  u[2] = g0 - g1 + g2;
  u[3] = 2 * g2;
}

/* Element e of (2G) g (2G)^T to u[e * step]. */
static void transform(const int32_t g[kTaps], int16_t* u, size_t step) {
  int32_t columns[3][4];
  for (size_t x = 0; x < 3; ++x) expand(g[x], g[3 + x], g[6 + x], columns[x]);
  for (size_t row = 0; row < 4; ++row) {
    int32_t whole[4];
    expand(columns[0][row], columns[1][row], columns[2][row], whole);
    for (size_t column = 0; column < 4; ++column) {
      u[(4 * row + column) * step] = (int16_t)whole[column];
    }
  }
}

void xq_winograd_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                      void* packed) {
  const size_t channels = conv->in_channels / conv->groups;
  const size_t rows = conv->out_channels / conv->groups;
  const size_t group = kernels->k_group;
  const size_t panel = xq_row_panel(kernels, channels);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  int16_t* to =
      xq_write_header(packed, kernels, XQ_PACKED_WINOGRAD, conv->out_channels, xq_conv_depth(conv));
  memset(to, 0, conv->groups * panels_of_group(conv) * panel * sizeof(int16_t));
  for (size_t channel = 0; channel < conv->out_channels; ++channel) {
    const size_t row = channel % rows;
    const int32_t zero_point = zeros.zero_point[channel * zeros.zero_step] - flip;
    const uint8_t* from = (const uint8_t*)w->data + channel * channels * kTaps;
    int16_t* panels =
        to + (channel / rows * panels_of_group(conv) + row / XQ_TILE_ROWS * XQ_WINOGRAD_ELEMENTS) *
                 panel;
    for (size_t c = 0; c < channels; ++c, from += kTaps) {
      int32_t g[kTaps];
      for (size_t t = 0; t < kTaps; ++t) g[t] = xq_centred(from[t], flip, zero_point);
      transform(g, panels + (c / group * XQ_TILE_ROWS + row % XQ_TILE_ROWS) * group + c % group,
                panel);
    }
  }
}
