#include <stdlib.h>
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/patch_product.h"
#include "int8/product/winograd.h"

enum { kTaps = 9 };

const xq_winograd_form xq_winograd_2 = {2, 4, 16};
const xq_winograd_form xq_winograd_4 = {4, 6, 36};

/* More weights, as layers of small images have, would take longer to fetch than they save. */
enum { kMostPairs = 1 << 16 };

static int may_want_4(const xq_conv* conv) {
  return conv->in_channels / conv->groups * conv->out_channels <= kMostPairs;
}

int xq_winograd_is_half(const xq_kernels* kernels, const xq_conv* conv,
                        const xq_winograd_form* form) {
  if (kernels->half_tiles == NULL || form->tile != 4) return 0;
  if ((conv->in_channels / conv->groups) % 2 != 0) return 0;
  if ((conv->out_channels / conv->groups) % (2 * XQ_TILE_ROWS) != 0) return 0;
  for (size_t d = 1; d < 3; ++d) {
    if ((xq_conv_out(conv, d) + form->tile - 1) / form->tile != 2) return 0;
  }
  return 1;
}

/* Products of a plane for each input and output channel: elements times tiles, in whole tiles of
 * the instruction set. */
static uint64_t products(const xq_kernels* kernels, const xq_conv* conv,
                         const xq_winograd_form* form) {
  const uint64_t width = kernels->tile_columns();
  const uint64_t step = xq_winograd_is_half(kernels, conv, form) ? width / 2 : width;
  const uint64_t tiles = (uint64_t)((xq_conv_out(conv, 1) + form->tile - 1) / form->tile) *
                         ((xq_conv_out(conv, 2) + form->tile - 1) / form->tile);
  return form->elements * ((tiles + step - 1) / step * step);
}

/* Largest sum of |w - zw| of an output. */
static int64_t largest_sum(const xq_conv* conv, const xq_weights* w) {
  const size_t depth = xq_conv_depth(conv);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  int64_t largest = 0;
  for (size_t channel = 0; channel < conv->out_channels; ++channel) {
    const uint8_t* from = (const uint8_t*)w->data + channel * depth;
    const int32_t zero_point = zeros.zero_point[channel * zeros.zero_step] - flip;
    int64_t sum = 0;
    for (size_t k = 0; k < depth; ++k) sum += abs(xq_centred(from[k], flip, zero_point));
    if (sum > largest) largest = sum;
  }
  return largest;
}

uint32_t xq_winograd_kind(const xq_conv* conv, const xq_weights* w) {
  const int64_t reach = 255 * largest_sum(conv, w);
  if (reach >= (int64_t)1 << 29) return XQ_PACKED_CONV;
  return may_want_4(conv) && reach < (int64_t)1 << 25 ? XQ_PACKED_WINOGRAD_2_AND_4
                                                      : XQ_PACKED_WINOGRAD_2;
}

/* int16 elements of the panels of a group. */
static size_t group_panels(const xq_kernels* kernels, const xq_winograd_form* form,
                           const xq_conv* conv) {
  return xq_row_panels(conv->out_channels / conv->groups) * form->elements *
         xq_row_panel(kernels, conv->in_channels / conv->groups);
}

size_t xq_winograd_packed_size(const xq_conv* conv) {
  const xq_kernels* kernels = xq_active();
  size_t panels = group_panels(kernels, &xq_winograd_2, conv);
  if (may_want_4(conv)) panels += group_panels(kernels, &xq_winograd_4, conv);
  return sizeof(xq_packed_header) + conv->groups * panels * sizeof(int16_t);
}

int xq_is_packed_for_winograd(const void* packed) {
  const uint32_t kind = xq_packed_kind(packed);
  return kind == XQ_PACKED_WINOGRAD_2 || kind == XQ_PACKED_WINOGRAD_2_AND_4;
}

const xq_winograd_form* xq_winograd_form_of(const xq_kernels* kernels, const xq_conv* conv,
                                            const void* packed, const int16_t** panels) {
  XQ_REQUIRE(xq_is_packed_for_winograd(packed));
  const uint32_t kind = xq_packed_kind(packed);
  *panels = xq_read_header(packed, kernels, kind, conv->out_channels, xq_conv_depth(conv));
  if (kind == XQ_PACKED_WINOGRAD_2 ||
      products(kernels, conv, &xq_winograd_2) <= products(kernels, conv, &xq_winograd_4)) {
    return &xq_winograd_2;
  }
  *panels += conv->groups * group_panels(kernels, &xq_winograd_2, conv);
  return &xq_winograd_4;
}

/* G of three numbers. */
static void expand(const xq_winograd_form* form, const int32_t g[3], int32_t* u) {
  if (form->tile == 2) {
    u[0] = 2 * g[0];
    u[1] = g[0] + g[1] + g[2];
    u[2] = g[0] - g[1] + g[2];
    u[3] = 2 * g[2];
    return;
  }
  u[0] = 6 * g[0];
  u[1] = -2 * (g[0] + g[1] + g[2]);
  u[2] = -2 * (g[0] - g[1] + g[2]);
  u[3] = g[0] + 2 * g[1] + 4 * g[2];
  u[4] = g[0] - 2 * g[1] + 4 * g[2];
  u[5] = 6 * g[2];
}

/* Element e of G g G^T to u[e * step]. */
static void transform(const xq_winograd_form* form, const int32_t g[kTaps], int16_t* u,
                      size_t step) {
  int32_t columns[3][6];
  for (size_t x = 0; x < 3; ++x) {
    const int32_t column[3] = {g[x], g[3 + x], g[6 + x]};
    expand(form, column, columns[x]);
  }
  for (size_t r = 0; r < form->window; ++r) {
    const int32_t row[3] = {columns[0][r], columns[1][r], columns[2][r]};
    int32_t whole[6];
    expand(form, row, whole);
    for (size_t c = 0; c < form->window; ++c) {
      u[(form->window * r + c) * step] = (int16_t)whole[c];
    }
  }
}

/* The panels of one form; returns the first element behind them. */
static int16_t* pack(const xq_kernels* kernels, const xq_winograd_form* form, const xq_conv* conv,
                     const xq_weights* w, int16_t* to) {
  const size_t channels = conv->in_channels / conv->groups;
  const size_t rows = conv->out_channels / conv->groups;
  const size_t group = kernels->k_group;
  const size_t panel = xq_row_panel(kernels, channels);
  const size_t of_group = group_panels(kernels, form, conv);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  memset(to, 0, conv->groups * of_group * sizeof(int16_t));
  for (size_t channel = 0; channel < conv->out_channels; ++channel) {
    const size_t row = channel % rows;
    const int32_t zero_point = zeros.zero_point[channel * zeros.zero_step] - flip;
    const uint8_t* from = (const uint8_t*)w->data + channel * channels * kTaps;
    int16_t* panels = to + channel / rows * of_group + row / XQ_TILE_ROWS * form->elements * panel;
    for (size_t c = 0; c < channels; ++c, from += kTaps) {
      int32_t g[kTaps];
      for (size_t t = 0; t < kTaps; ++t) g[t] = xq_centred(from[t], flip, zero_point);
      transform(form, g,
                panels + (c / group * XQ_TILE_ROWS + row % XQ_TILE_ROWS) * group + c % group,
                panel);
    }
  }
  return to + conv->groups * of_group;
}

void xq_winograd_pack(const xq_kernels* kernels, uint32_t kind, const xq_conv* conv,
                      const xq_weights* w, void* packed) {
  int16_t* to = xq_write_header(packed, kernels, kind, conv->out_channels, xq_conv_depth(conv));
  to = pack(kernels, &xq_winograd_2, conv, w, to);
  if (kind == XQ_PACKED_WINOGRAD_2_AND_4) pack(kernels, &xq_winograd_4, conv, w, to);
}
