/* ConvTranspose without multiplications by inserted zeros: outputs whose distance is a multiple of
 * the stride (a phase) see the same kernel positions, so each phase is an ordinary convolution of
 * stride 1 with some of them.
 *
 * With O = o + pad_begin and O = phase + stride * t, kernel position k belongs to the phase when
 * k * dilation = phase + stride * e, and then reads image position t - e. */
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/conv.h"
#include "int8/product/patch_product.h"

size_t xq_conv_transpose_out(const xq_conv* conv, size_t axis) {
  XQ_REQUIRE(conv != NULL && axis < 3);
  const size_t full = (conv->in[axis] - 1) * conv->stride[axis] +
                      (conv->kernel[axis] - 1) * conv->dilation[axis] + 1 +
                      conv->output_padding[axis];
  const size_t pads = conv->pad_begin[axis] + conv->pad_end[axis];
  XQ_REQUIRE(full >= pads);
  return full - pads;
}

static void require_transpose(const xq_conv* conv) {
  xq_require_conv(conv);
  for (size_t d = 0; d < 3; ++d) {
    XQ_REQUIRE(conv->output_padding[d] < conv->stride[d] ||
               conv->output_padding[d] < conv->dilation[d]);
  }
}

static size_t phase_count(const xq_conv* conv) { return xq_volume(conv->stride); }

static void phase_of(const xq_conv* conv, size_t p, size_t phase[3]) {
  phase[0] = p / (conv->stride[1] * conv->stride[2]);
  phase[1] = p / conv->stride[2] % conv->stride[1];
  phase[2] = p % conv->stride[2];
}

static int belongs(const xq_conv* conv, size_t d, size_t phase, size_t k) {
  return k * conv->dilation[d] % conv->stride[d] == phase;
}

static size_t taps_of(const xq_conv* conv, const size_t phase[3]) {
  size_t taps = 1;
  for (size_t d = 0; d < 3; ++d) {
    size_t count = 0;
    for (size_t k = 0; k < conv->kernel[d]; ++k) count += (size_t)belongs(conv, d, phase[d], k);
    taps *= count;
  }
  return taps;
}

/* Kernel position t (row major): is it one of the phase's? */
static int position_of(const xq_conv* conv, const size_t phase[3], size_t t, size_t k[3]) {
  k[0] = t / (conv->kernel[1] * conv->kernel[2]);
  k[1] = t / conv->kernel[2] % conv->kernel[1];
  k[2] = t % conv->kernel[2];
  return belongs(conv, 0, phase[0], k[0]) && belongs(conv, 1, phase[1], k[1]) &&
         belongs(conv, 2, phase[2], k[2]);
}

static size_t phase_depth(const xq_conv* conv, size_t p) {
  size_t phase[3];
  phase_of(conv, p, phase);
  return conv->in_channels / conv->groups * taps_of(conv, phase);
}

/* int16 elements of the packed weights of one group. */
static size_t group_size(const xq_kernels* kernels, const xq_conv* conv) {
  const size_t panels = xq_row_panels(conv->out_channels / conv->groups);
  size_t size = 0;
  for (size_t p = 0; p < phase_count(conv); ++p) {
    size += panels * xq_row_panel(kernels, phase_depth(conv, p));
  }
  return size;
}

size_t xq_conv_transpose_packed_size(const xq_conv* conv) {
  require_transpose(conv);
  return sizeof(xq_packed_header) + conv->groups * group_size(xq_active(), conv) * sizeof(int16_t);
}

/* Row panels of one phase of one group: depth runs over input channels, then the phase's taps. */
static void pack_phase(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                       size_t group, const size_t phase[3], int16_t* to) {
  const size_t rows = conv->out_channels / conv->groups;
  const size_t channels = conv->in_channels / conv->groups;
  const size_t taps = taps_of(conv, phase);
  const size_t pair = kernels->k_group;
  const size_t panel = xq_row_panel(kernels, channels * taps);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  memset(to, 0, xq_row_panels(rows) * panel * sizeof(int16_t));
  for (size_t r = 0; r < rows; ++r) {
    const int32_t zero_point = zeros.zero_point[(group * rows + r) * zeros.zero_step] - flip;
    int16_t* row = to + r / XQ_TILE_ROWS * panel + r % XQ_TILE_ROWS * pair;
    size_t k = 0; /* in the depth */
    for (size_t c = 0; c < channels; ++c) {
      const uint8_t* from =
          (const uint8_t*)w->data + ((group * channels + c) * rows + r) * xq_taps(conv);
      for (size_t t = 0; t < xq_taps(conv); ++t) {
        size_t position[3];
        if (!position_of(conv, phase, t, position)) continue;
        row[k / pair * XQ_TILE_ROWS * pair + k % pair] = xq_centred(from[t], flip, zero_point);
        ++k;
      }
    }
  }
}

void xq_conv_transpose_pack(const xq_conv* conv, const xq_weights* w, void* packed) {
  require_transpose(conv);
  xq_require_weights(w, conv->out_channels, xq_conv_depth(conv));
  XQ_REQUIRE(w->data != NULL && packed != NULL && xq_is_aligned(packed));
  const xq_kernels* kernels = xq_active();
  const size_t panels = xq_row_panels(conv->out_channels / conv->groups);
  int16_t* to = xq_write_header(packed, kernels, XQ_PACKED_TRANSPOSE, conv->out_channels,
                                xq_conv_depth(conv));
  for (size_t g = 0; g < conv->groups; ++g) {
    for (size_t p = 0; p < phase_count(conv); ++p) {
      size_t phase[3];
      phase_of(conv, p, phase);
      pack_phase(kernels, conv, w, g, phase, to);
      to += panels * xq_row_panel(kernels, phase_depth(conv, p));
    }
  }
}

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

/* The outputs of a phase, where they read and where they are written. */
static void outputs_of(const xq_conv* conv, const size_t phase[3], xq_grid* grid, xq_place* place,
                       size_t first[3]) {
  for (size_t d = 0; d < 3; ++d) {
    const size_t stride = conv->stride[d];
    const size_t pad = conv->pad_begin[d];
    const size_t out = xq_conv_transpose_out(conv, d);
    first[d] = pad > phase[d] ? ceil_div(pad - phase[d], stride) : 0;
    const size_t end = pad + out > phase[d] ? ceil_div(pad + out - phase[d], stride) : 0;
    grid->in[d] = conv->in[d];
    grid->out[d] = end > first[d] ? end - first[d] : 0;
    grid->step[d] = 1;
    place->plane[d] = out;
    place->start[d] = phase[d] + stride * first[d] - pad;
    place->step[d] = stride;
  }
}

static void find_taps(const xq_conv* conv, const size_t phase[3], const size_t first[3],
                      xq_tap* taps) {
  for (size_t t = 0; t < xq_taps(conv); ++t) {
    size_t k[3];
    if (!position_of(conv, phase, t, k)) continue;
    for (size_t d = 0; d < 3; ++d) {
      const size_t e = (k[d] * conv->dilation[d] - phase[d]) / conv->stride[d];
      taps->at[d] = (ptrdiff_t)first[d] - (ptrdiff_t)e;
    }
    ++taps;
  }
}

/* Workspace: taps, then the scratch memory of the largest phase. */
static size_t tap_bytes(const xq_conv* conv) {
  return xq_round_up(xq_taps(conv) * sizeof(xq_tap), XQ_LINE_BYTES);
}

size_t xq_conv_transpose_workspace_size(const xq_conv* conv) {
  require_transpose(conv);
  size_t largest = 0;
  for (size_t p = 0; p < phase_count(conv); ++p) {
    size_t phase[3];
    size_t first[3];
    xq_grid grid;
    xq_place place;
    phase_of(conv, p, phase);
    outputs_of(conv, phase, &grid, &place, first);
    const size_t size = xq_patch_scratch(xq_active(), xq_volume(grid.out), phase_depth(conv, p));
    if (size > largest) largest = size;
  }
  return tap_bytes(conv) + largest;
}

static void run(const xq_conv* conv, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_sink* sink, void* workspace) {
  require_transpose(conv);
  xq_require_codes(x);
  XQ_REQUIRE(x->data != NULL);
  XQ_REQUIRE(packed != NULL && xq_is_aligned(packed));
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_TRANSPOSE, conv->out_channels, xq_conv_depth(conv));
  const size_t rows = conv->out_channels / conv->groups;
  const size_t channels = conv->in_channels / conv->groups;
  const size_t group_weights = group_size(kernels, conv);
  xq_tap* taps = workspace;
  size_t before = 0; /* weights of the phases before */
  for (size_t p = 0; p < phase_count(conv); ++p) {
    size_t phase[3];
    size_t first[3];
    phase_of(conv, p, phase);
    xq_patch_product product = {
        .patches = {.taps = taps, .tap_count = taps_of(conv, phase), .channels = channels},
        .rows = rows,
    };
    outputs_of(conv, phase, &product.patches.grid, &product.place, first);
    find_taps(conv, phase, first, taps);
    for (size_t i = 0; i < conv->batch * conv->groups; ++i) {
      const size_t group = i % conv->groups;
      product.weights = weights + group * group_weights + before;
      product.channel = group * rows;
      product.bias = bias == NULL ? NULL : bias + product.channel;
      product.plane = i * rows;
      if (xq_volume(product.patches.grid.out) == 0) continue;
      xq_multiply_patches(kernels, &product, x, i * channels * xq_volume(conv->in), sink,
                          (char*)workspace + tap_bytes(conv));
    }
    before += xq_row_panels(rows) * xq_row_panel(kernels, phase_depth(conv, p));
  }
}

void xq_conv_transpose_s32(const xq_conv* conv, const xq_codes* x, const void* packed,
                           const int32_t* bias, int32_t* acc, void* workspace) {
  XQ_REQUIRE(acc != NULL);
  const xq_sink sink = {.acc = acc};
  run(conv, x, packed, bias, &sink, workspace);
}

void xq_conv_transpose_q8(const xq_conv* conv, const xq_codes* x, const void* packed,
                          const int32_t* bias, const xq_requant* to, xq_type type, void* y,
                          void* workspace) {
  XQ_REQUIRE(conv != NULL && y != NULL);
  XQ_REQUIRE(type == XQ_S8 || type == XQ_U8);
  xq_require_requant(to, conv->out_channels, xq_range_of(type));
  const xq_sink sink = {.q = y, .to = to};
  run(conv, x, packed, bias, &sink, workspace);
}
