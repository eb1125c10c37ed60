/* Convolution with one input channel for each output channel, kernel position by position over
 * whole bands of outputs (phases.h). */
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/phases.h"

/* Elements of a plane at a time: with their accumulators they stay in the first-level cache. */
enum { kPlaneElements = 4096 };

/* Taps, padded to an even number with a zero weight. */
static size_t even_taps(const xq_conv* conv) { return xq_round_up(xq_taps(conv), 2); }

size_t xq_depthwise_packed_size(const xq_conv* conv) {
  return sizeof(xq_packed_header) + conv->out_channels * even_taps(conv) * sizeof(int16_t);
}

void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                       void* packed) {
  const size_t taps = xq_taps(conv);
  const size_t padded = even_taps(conv);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  int16_t* to = xq_write_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  memset(to, 0, conv->out_channels * padded * sizeof(int16_t));
  for (size_t c = 0; c < conv->out_channels; ++c) {
    const int32_t zero_point = zeros.zero_point[c * zeros.zero_step] - flip;
    const uint8_t* from = (const uint8_t*)w->data + c * taps;
    for (size_t t = 0; t < taps; ++t) to[c * padded + t] = xq_centred(from[t], flip, zero_point);
  }
}

/* Workspace: offsets [taps] size_t, accumulators of a band int32, a plane int16, results of a band.
 */
static size_t band_elements(const xq_phases* p) {
  return xq_round_up(xq_phases_run(p, p->band) + XQ_DEPTHWISE_SLACK, 2);
}

size_t xq_depthwise_workspace_size(const xq_conv* conv) {
  const xq_phases p = xq_phases_of(conv, kPlaneElements);
  return even_taps(conv) * sizeof(size_t) + band_elements(&p) * sizeof(int32_t) +
         (xq_phases_plane(conv, &p) + XQ_DEPTHWISE_SLACK) * sizeof(int16_t) + band_elements(&p);
}

void xq_depthwise(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                  const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace) {
  const xq_phases p = xq_phases_of(conv, kPlaneElements);
  const xq_output_rows rows_of_run = xq_phases_rows(&p);
  const size_t taps = even_taps(conv);
  const size_t multiplier = conv->out_channels / conv->groups;
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, xq_taps(conv));
  size_t* offset = workspace;
  int32_t* acc = (int32_t*)(offset + taps);
  int16_t* plane = (int16_t*)(acc + band_elements(&p));
  uint8_t* results = (uint8_t*)(plane + xq_phases_plane(conv, &p) + XQ_DEPTHWISE_SLACK);
  for (size_t t = 0; t < taps; ++t) {
    offset[t] = t < xq_taps(conv) ? xq_phases_offset(conv, &p, t) : 0;
  }
  memset(plane + xq_phases_plane(conv, &p), 0, XQ_DEPTHWISE_SLACK * sizeof(int16_t));
  for (size_t i = 0; i < conv->batch * conv->in_channels; ++i) {
    for (size_t y = 0; y < p.out_height; y += p.band) {
      const size_t rows = xq_min(p.band, p.out_height - y);
      xq_store_band(kernels, conv, &p, x, i * conv->in[1] * conv->in[2], y, plane);
      for (size_t m = 0; m < multiplier; ++m) {
        const size_t channel = i % conv->in_channels * multiplier + m;
        const size_t image = i / conv->in_channels;
        const size_t at = ((image * conv->out_channels + channel) * p.out_height + y) * p.out_width;
        const size_t run = xq_phases_run(&p, rows);
        kernels->depthwise(plane, offset, weights + channel * taps, taps,
                           bias == NULL ? 0 : bias[channel], acc, run);
        xq_emit_rows(kernels, &rows_of_run, sink, acc, run, 0, channel, at, results);
      }
    }
  }
}
