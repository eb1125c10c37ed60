/* Convolution with one input channel for each output channel, kernel position by position over
 * whole bands of outputs (phases.h). */
#include <string.h>

#include "int8/product/block.h"
#include "int8/product/output_rows.h"
#include "int8/product/phases.h"

/* Elements of a plane at a time: with their accumulators they mostly stay in the first-level cache.
 */
enum { kPlaneElements = 8192 };

/* Where instructions multiply pairs (k_group 2), kernel positions that read neighbours of a phase
 * are pairs, in a row with stride 1 the first and the second, the third and the fourth, ...; what
 * stays alone has a second weight of zero. Elsewhere they stand as they are, with a zero weight
 * where their number is odd. */
typedef struct tap_order {
  size_t distance; /* in kernel columns between the positions of a pair; 0: no pairs */
  size_t row;      /* entries of a kernel row */
  size_t count;    /* of all, even */
} tap_order;

static tap_order order_of(const xq_kernels* kernels, const xq_conv* conv) {
  const size_t width = conv->kernel[2];
  if (kernels->k_group == 1) {
    const tap_order order = {0, width, xq_round_up(xq_taps(conv), 2)};
    return order;
  }
  tap_order order = {width, 2 * width, 0}; /* none has a neighbour */
  if (conv->stride[2] % conv->dilation[2] == 0 && conv->stride[2] / conv->dilation[2] < width) {
    order.distance = conv->stride[2] / conv->dilation[2];
    size_t pairs = 0;
    for (size_t x = 0; x < width; ++x) pairs += x / order.distance % 2 == 0;
    order.row = 2 * pairs;
  }
  order.count = conv->kernel[1] * order.row;
  return order;
}

/* Where kernel position t stands among the entries. */
static size_t entry_of(const tap_order* order, const xq_conv* conv, size_t t) {
  if (order->distance == 0) return t;
  const size_t x = t % conv->kernel[2];
  const size_t d = order->distance;
  size_t pair = 0; /* pairs that begin before the one of x */
  const size_t begin = x / d % 2 == 0 ? x : x - d;
  for (size_t i = 0; i < begin; ++i) pair += i / d % 2 == 0;
  return t / conv->kernel[2] * order->row + 2 * pair + (begin != x);
}

size_t xq_depthwise_packed_size(const xq_conv* conv) {
  return sizeof(xq_packed_header) +
         conv->out_channels * order_of(xq_active(), conv).count * sizeof(int16_t);
}

void xq_depthwise_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                       void* packed) {
  const size_t taps = xq_taps(conv);
  const tap_order order = order_of(kernels, conv);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  int16_t* to = xq_write_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, taps);
  memset(to, 0, conv->out_channels * order.count * sizeof(int16_t));
  for (size_t c = 0; c < conv->out_channels; ++c, to += order.count) {
    const int32_t zero_point = zeros.zero_point[c * zeros.zero_step] - flip;
    const uint8_t* from = (const uint8_t*)w->data + c * taps;
    for (size_t t = 0; t < taps; ++t) {
      to[entry_of(&order, conv, t)] = xq_centred(from[t], flip, zero_point);
    }
  }
}

/* The offset of every entry in a plane. */
static void find_offsets(const tap_order* order, const xq_conv* conv, const xq_phases* p,
                         size_t* offset) {
  for (size_t i = 0; i < order->count; ++i) offset[i] = 0;
  for (size_t t = 0; t < xq_taps(conv); ++t) {
    const size_t entry = entry_of(order, conv, t);
    offset[entry] = xq_phases_offset(conv, p, t);
    if (order->distance > 0 && entry % 2 == 0) offset[entry + 1] = offset[entry] + 1;
  }
}

/* Workspace: offsets [taps] size_t, accumulators of a band int32, a plane int16. */
static size_t band_elements(const xq_phases* p) {
  return xq_round_up(xq_phases_run(p, p->band) + XQ_DEPTHWISE_SLACK,
                     XQ_LINE_BYTES / sizeof(int32_t));
}

static size_t offset_bytes(const tap_order* order) {
  return xq_round_up(order->count * sizeof(size_t), XQ_LINE_BYTES);
}

size_t xq_depthwise_workspace_size(const xq_conv* conv) {
  const xq_phases p = xq_phases_of(conv, kPlaneElements);
  const tap_order order = order_of(xq_active(), conv);
  return offset_bytes(&order) + band_elements(&p) * sizeof(int32_t) +
         (xq_phases_plane(conv, &p) + XQ_DEPTHWISE_SLACK) * sizeof(int16_t);
}

void xq_depthwise(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                  const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace) {
  const xq_phases p = xq_phases_of(conv, kPlaneElements);
  const tap_order order = order_of(kernels, conv);
  const size_t taps = order.count;
  const size_t multiplier = conv->out_channels / conv->groups;
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_DEPTHWISE, conv->out_channels, xq_taps(conv));
  size_t* offset = workspace;
  int32_t* acc = (int32_t*)((char*)workspace + offset_bytes(&order));
  int16_t* plane = (int16_t*)(acc + band_elements(&p));
  find_offsets(&order, conv, &p, offset);
  /* Where planes are one band, their padding lies in the same place. */
  const int is_whole = p.band == p.out_height;
  const size_t size = xq_phases_plane(conv, &p);
  memset(plane, 0, (size + XQ_DEPTHWISE_SLACK) * sizeof(int16_t));
  for (size_t i = 0; i < conv->batch * conv->in_channels; ++i) {
    for (size_t y = 0; y < p.out_height; y += p.band) {
      const size_t rows = xq_min(p.band, p.out_height - y);
      const size_t image_at = i * conv->in[1] * conv->in[2];
      if (is_whole) {
        xq_store_inside(kernels, conv, &p, x, image_at, y, plane);
      } else {
        xq_store_band(kernels, conv, &p, x, image_at, y, plane);
      }
      for (size_t m = 0; m < multiplier; ++m) {
        const size_t channel = i % conv->in_channels * multiplier + m;
        const size_t image = i / conv->in_channels;
        const size_t at = ((image * conv->out_channels + channel) * p.out_height + y) * p.out_width;
        const size_t run = xq_phases_run(&p, rows);
        const xq_output_rows rows_of_run = {rows, p.out_width, p.pitch, p.out_width};
        kernels->depthwise(plane, offset, weights + channel * taps, taps,
                           bias == NULL ? 0 : bias[channel], acc, run);
        xq_emit_rows(kernels, &rows_of_run, sink, acc, channel, at);
      }
    }
  }
}
