/* Convolution with one input channel for each output channel.
 *
 * An input plane is stored once, padded, as int16 x - zx, and split into stride_height *
 * stride_width phases: phase (py, px) holds the padded pixels (i * sh + py, j * sw + px), rows of
 * `pitch` elements. Every kernel tap then reads consecutive elements of one phase for consecutive
 * outputs, at a fixed offset, whatever stride and dilation are; output (oy, ox) is element
 * oy * pitch + ox. Whole bands of rows are one run, with pitch - out_width unused elements between
 * the rows. */
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/conv.h"

/* Accumulators of a band: 16 KiB, so that they stay in the first-level cache. */
enum { kBandElements = 4096 };

typedef struct phases {
  size_t pitch, rows; /* of one phase */
  size_t out_height, out_width;
  size_t band; /* output rows computed at a time */
} phases;

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

static phases phases_of(const xq_conv* conv) {
  const size_t height = conv->pad_begin[1] + conv->in[1] + conv->pad_end[1];
  const size_t width = conv->pad_begin[2] + conv->in[2] + conv->pad_end[2];
  phases p;
  p.pitch = ceil_div(width, conv->stride[2]);
  p.rows = ceil_div(height, conv->stride[1]);
  p.out_height = xq_conv_out(conv, 1);
  p.out_width = xq_conv_out(conv, 2);
  const size_t rows = kBandElements / p.pitch;
  p.band = xq_min(rows == 0 ? 1 : rows, p.out_height);
  return p;
}

/* Taps, padded to an even number with a zero weight. */
static size_t even_taps(const xq_conv* conv) {
  return xq_round_up(conv->kernel[1] * conv->kernel[2], 2);
}

size_t xq_depthwise_packed_size(const xq_conv* conv) {
  return sizeof(xq_packed_header) + conv->out_channels * even_taps(conv) * sizeof(int16_t);
}

void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                       void* packed) {
  const size_t taps = conv->kernel[1] * conv->kernel[2];
  const size_t padded = even_taps(conv);
  int16_t* to = xq_write_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  memset(to, 0, conv->out_channels * padded * sizeof(int16_t));
  for (size_t c = 0; c < conv->out_channels; ++c) {
    const int32_t zero_point = zeros.zero_point[c * zeros.zero_step] - flip;
    const uint8_t* from = (const uint8_t*)w->data + c * taps;
    for (size_t t = 0; t < taps; ++t) to[c * padded + t] = xq_centred(from[t], flip, zero_point);
  }
}

static size_t plane_elements(const xq_conv* conv, const phases* p) {
  return conv->stride[1] * conv->stride[2] * p->rows * p->pitch + XQ_DEPTHWISE_SLACK;
}

/* Workspace: offsets [taps] size_t, accumulators of a band int32, the plane int16. */
static size_t band_elements(const phases* p) {
  return xq_round_up(p->band * p->pitch + XQ_DEPTHWISE_SLACK, 2);
}

size_t xq_depthwise_workspace_size(const xq_conv* conv) {
  const phases p = phases_of(conv);
  return even_taps(conv) * sizeof(size_t) + band_elements(&p) * sizeof(int32_t) +
         plane_elements(conv, &p) * sizeof(int16_t);
}

static void find_offsets(const xq_conv* conv, const phases* p, size_t* offset) {
  const size_t phase_size = p->rows * p->pitch;
  const size_t taps = conv->kernel[1] * conv->kernel[2];
  for (size_t t = 0; t < even_taps(conv); ++t) {
    const size_t y = t < taps ? t / conv->kernel[2] * conv->dilation[1] : 0;
    const size_t x = t < taps ? t % conv->kernel[2] * conv->dilation[2] : 0;
    const size_t phase = y % conv->stride[1] * conv->stride[2] + x % conv->stride[2];
    offset[t] = phase * phase_size + y / conv->stride[1] * p->pitch + x / conv->stride[2];
  }
}

/* One image row, from padded column pad_begin on, into the phases of its padded row. */
static void store_row(const xq_kernels* kernels, const xq_conv* conv, const phases* p,
                      const xq_codes* x, size_t at, int16_t* phase_row) {
  const size_t stride = conv->stride[2];
  for (size_t r = 0; r < stride && r < conv->in[2]; ++r) { /* pixels r, r + stride, ... */
    const size_t padded = conv->pad_begin[2] + r;
    xq_widen(kernels, x, at + r, stride, ceil_div(conv->in[2] - r, stride),
             phase_row + padded % stride * p->rows * p->pitch + padded / stride);
  }
}

static void store_plane(const xq_kernels* kernels, const xq_conv* conv, const phases* p,
                        const xq_codes* x, size_t first, int16_t* plane) {
  const size_t phase_size = p->rows * p->pitch;
  memset(plane, 0, plane_elements(conv, p) * sizeof(int16_t));
  for (size_t iy = 0; iy < conv->in[1]; ++iy) {
    const size_t at = conv->pad_begin[1] + iy;
    const size_t phase = at % conv->stride[1] * conv->stride[2];
    store_row(kernels, conv, p, x, first + iy * conv->in[2],
              plane + phase * phase_size + at / conv->stride[1] * p->pitch);
  }
}

/* All outputs of one channel; `at`: their first element. */
static void filter_plane(const xq_kernels* kernels, const xq_conv* conv, const phases* p,
                         const int16_t* plane, const size_t* offset, const int16_t* weight,
                         int32_t bias, size_t channel, size_t at, const xq_sink* sink,
                         int32_t* acc) {
  for (size_t y = 0; y < p->out_height; y += p->band) {
    const size_t rows = xq_min(p->band, p->out_height - y);
    const size_t run = (rows - 1) * p->pitch + p->out_width;
    kernels->depthwise(plane + y * p->pitch, offset, weight, even_taps(conv), bias, acc, run);
    for (size_t r = 0; r < rows; ++r) {
      xq_emit_channel(kernels, sink, acc + r * p->pitch, p->out_width, channel,
                      at + (y + r) * p->out_width);
    }
  }
}

void xq_depthwise(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                  const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace) {
  const phases p = phases_of(conv);
  const size_t taps = conv->kernel[1] * conv->kernel[2];
  const size_t multiplier = conv->out_channels / conv->groups;
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  size_t* offset = workspace;
  int32_t* acc = (int32_t*)(offset + even_taps(conv));
  int16_t* plane = (int16_t*)(acc + band_elements(&p));
  find_offsets(conv, &p, offset);
  for (size_t i = 0; i < conv->batch * conv->in_channels; ++i) {
    store_plane(kernels, conv, &p, x, i * conv->in[1] * conv->in[2], plane);
    for (size_t m = 0; m < multiplier; ++m) {
      const size_t channel = i % conv->in_channels * multiplier + m;
      const size_t image = i / conv->in_channels;
      const size_t at = (image * conv->out_channels + channel) * p.out_height * p.out_width;
      filter_plane(kernels, conv, &p, plane, offset, weights + channel * even_taps(conv),
                   bias == NULL ? 0 : bias[channel], channel, at, sink, acc);
    }
  }
}
