/* Convolution with one input channel for each output channel.
 *
 * An input plane is stored once, padded, as int16 x - zx, and split into stride_height *
 * stride_width phases: phase (py, px) holds the padded pixels (i * sh + py, j * sw + px), rows of
 * `pitch` elements. Every kernel tap then reads consecutive elements of one phase for consecutive
 * outputs, at a fixed offset, whatever stride and dilation are; output (oy, ox) is element
 * oy * pitch + ox. Whole bands of rows are one run, with pitch - out_width unused elements between
 * the rows. */
#include <string.h>

#include "int8/block.h"
#include "int8/conv2d.h"

/* Accumulators of a band: 16 KiB, so that they stay in the first-level cache. */
enum { kBandElements = 4096 };

typedef struct phases {
  size_t pitch, rows; /* of one phase */
  size_t out_height, out_width;
  size_t band; /* output rows computed at a time */
} phases;

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

static phases phases_of(const xq_conv2d* conv) {
  const size_t height = conv->pad_top + conv->in_height + conv->pad_bottom;
  const size_t width = conv->pad_left + conv->in_width + conv->pad_right;
  phases p;
  p.pitch = ceil_div(width, conv->stride_width);
  p.rows = ceil_div(height, conv->stride_height);
  p.out_height = xq_conv2d_out_height(conv);
  p.out_width = xq_conv2d_out_width(conv);
  const size_t rows = kBandElements / p.pitch;
  p.band = xq_min(rows == 0 ? 1 : rows, p.out_height);
  return p;
}

/* Taps, padded to an even number with a zero weight. */
static size_t even_taps(const xq_conv2d* conv) {
  return xq_round_up(conv->kernel_height * conv->kernel_width, 2);
}

size_t xq_depthwise_packed_size(const xq_conv2d* conv) {
  return sizeof(xq_packed_header) + conv->out_channels * even_taps(conv) * sizeof(int16_t);
}

void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* w,
                       void* packed) {
  const size_t taps = conv->kernel_height * conv->kernel_width;
  const size_t padded = even_taps(conv);
  int16_t* to = xq_write_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  memset(to, 0, conv->out_channels * padded * sizeof(int16_t));
  for (size_t c = 0; c < conv->out_channels; ++c) {
    for (size_t t = 0; t < taps; ++t) to[c * padded + t] = w[c * taps + t];
  }
}

static size_t plane_elements(const xq_conv2d* conv, const phases* p) {
  return conv->stride_height * conv->stride_width * p->rows * p->pitch + XQ_DEPTHWISE_SLACK;
}

/* Workspace: offsets [taps] size_t, accumulators of a band int32, the plane int16. */
static size_t band_elements(const phases* p) {
  return xq_round_up(p->band * p->pitch + XQ_DEPTHWISE_SLACK, 2);
}

size_t xq_depthwise_workspace_size(const xq_conv2d* conv) {
  const phases p = phases_of(conv);
  return even_taps(conv) * sizeof(size_t) + band_elements(&p) * sizeof(int32_t) +
         plane_elements(conv, &p) * sizeof(int16_t);
}

static void find_offsets(const xq_conv2d* conv, const phases* p, size_t* offset) {
  const size_t phase_size = p->rows * p->pitch;
  const size_t taps = conv->kernel_height * conv->kernel_width;
  for (size_t t = 0; t < even_taps(conv); ++t) {
    const size_t y = t < taps ? t / conv->kernel_width * conv->dilation_height : 0;
    const size_t x = t < taps ? t % conv->kernel_width * conv->dilation_width : 0;
    const size_t phase = y % conv->stride_height * conv->stride_width + x % conv->stride_width;
    offset[t] = phase * phase_size + y / conv->stride_height * p->pitch + x / conv->stride_width;
  }
}

/* One image row, from padded column pad_left on, into the phases of its padded row. */
static void store_row(const xq_kernels* kernels, const xq_conv2d* conv, const phases* p,
                      const int8_t* x, int32_t zero_point, int16_t* phase_row) {
  const size_t stride = conv->stride_width;
  if (stride == 1) {
    kernels->widen(x, conv->in_width, zero_point, phase_row + conv->pad_left);
    return;
  }
  for (size_t r = 0; r < stride; ++r) { /* pixels r, r + stride, ... share a phase */
    const size_t at = conv->pad_left + r;
    int16_t* to = phase_row + at % stride * p->rows * p->pitch + at / stride;
    for (size_t i = r; i < conv->in_width; i += stride) *to++ = (int16_t)(x[i] - zero_point);
  }
}

static void store_plane(const xq_kernels* kernels, const xq_conv2d* conv, const phases* p,
                        const int8_t* x, int32_t zero_point, int16_t* plane) {
  const size_t phase_size = p->rows * p->pitch;
  memset(plane, 0, plane_elements(conv, p) * sizeof(int16_t));
  for (size_t iy = 0; iy < conv->in_height; ++iy) {
    const size_t at = conv->pad_top + iy;
    const size_t phase = at % conv->stride_height * conv->stride_width;
    store_row(kernels, conv, p, x + iy * conv->in_width, zero_point,
              plane + phase * phase_size + at / conv->stride_height * p->pitch);
  }
}

/* All outputs of one channel; `at`: their first element. */
static void filter_plane(const xq_kernels* kernels, const xq_conv2d* conv, const phases* p,
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

void xq_depthwise(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* x,
                  int32_t x_zero_point, const void* packed, const int32_t* bias,
                  const xq_sink* sink, void* workspace) {
  const phases p = phases_of(conv);
  const size_t taps = conv->kernel_height * conv->kernel_width;
  const size_t multiplier = conv->out_channels / conv->groups;
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  size_t* offset = workspace;
  int32_t* acc = (int32_t*)(offset + even_taps(conv));
  int16_t* plane = (int16_t*)(acc + band_elements(&p));
  find_offsets(conv, &p, offset);
  for (size_t i = 0; i < conv->batch * conv->in_channels; ++i) {
    store_plane(kernels, conv, &p, x + i * conv->in_height * conv->in_width, x_zero_point, plane);
    for (size_t m = 0; m < multiplier; ++m) {
      const size_t channel = i % conv->in_channels * multiplier + m;
      const size_t image = i / conv->in_channels;
      const size_t at = (image * conv->out_channels + channel) * p.out_height * p.out_width;
      filter_plane(kernels, conv, &p, plane, offset, weights + channel * even_taps(conv),
                   bias == NULL ? 0 : bias[channel], channel, at, sink, acc);
    }
  }
}
