#include "int8/product/output_rows.h"

#include <string.h>

#include "int8/product/block.h"

/* Elements that go through a stage together, with what lies between rows. */
enum { kTogether = 512 };

/* In pieces of fixed sizes: the copy of a few bytes would be a call, in WebAssembly one out of it.
 */
static void copy_short(const uint8_t* from, size_t n, uint8_t* to) {
  for (; n >= 16; n -= 16, from += 16, to += 16) memcpy(to, from, 16);
  if ((n & 8) != 0) memcpy(to, from, 8);
  from += n & 8, to += n & 8;
  if ((n & 4) != 0) memcpy(to, from, 4);
  from += n & 4, to += n & 4;
  if ((n & 2) != 0) memcpy(to, from, 2);
  if ((n & 1) != 0) to[n & 2] = from[n & 2];
}

/* Rows too short for a stage each. */
static void emit_short_rows(const xq_kernels* kernels, const xq_output_rows* rows,
                            const xq_sink* sink, const int32_t* acc, size_t channel, size_t at) {
  uint8_t results[kTogether];
  const size_t most = kTogether / rows->pitch;
  for (size_t row = 0; row < rows->count; row += most) {
    const size_t few = xq_min(most, rows->count - row);
    const size_t n = (few - 1) * rows->pitch + rows->width;
    xq_emit_stage(kernels, sink->to, acc + row * rows->pitch, n, channel, XQ_SAME_CHANNEL, results);
    for (size_t r = 0; r < few; ++r) {
      copy_short(results + r * rows->pitch, rows->width, sink->q + at + (row + r) * rows->step);
    }
  }
}

/* Whether there is a function of the instruction set for what follows the sum. */
static int emit_at_once(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                        const int32_t* acc, size_t channel, size_t at) {
  if (sink->q == NULL) return 0;
  const xq_requant* to = sink->to;
  const float multiplier = to->multiplier[to->multipliers == 1 ? 0 : channel];
  xq_short f;
  if (to->stage == NULL) {
    kernels->requantize_rows(acc, rows->pitch, rows->count, rows->width, multiplier,
                             xq_output_of(to), sink->q + at, rows->step);
    return 1;
  }
  if (rows->width < 2 * kernels->tile_columns()) return 0; /* shorter rows go together */
  if (!xq_is_short(to->stage, channel, multiplier, &f)) return 0;
  kernels->requantize_short_rows(acc, rows->pitch, rows->count, rows->width, multiplier, &f,
                                 to->stage->scale, xq_output_of(to), sink->q + at, rows->step);
  return 1;
}

void xq_emit_rows(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                  const int32_t* acc, size_t channel, size_t at) {
  if (emit_at_once(kernels, rows, sink, acc, channel, at)) return;
  if (sink->q != NULL && rows->count > 1 && rows->pitch <= kTogether / 4) {
    emit_short_rows(kernels, rows, sink, acc, channel, at);
  } else {
    for (size_t row = 0; row < rows->count; ++row) {
      xq_emit_channel(kernels, sink, acc + row * rows->pitch, rows->width, channel,
                      at + row * rows->step);
    }
  }
}

void xq_emit_panel(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                   const int32_t* acc, size_t acc_step, size_t channel, size_t channels, size_t at,
                   size_t plane) {
  if (sink->q != NULL && sink->to->stage == NULL) {
    const size_t step = sink->to->multipliers == 1 ? 0 : 1;
    kernels->requantize_channels(acc, acc_step, channels, rows,
                                 sink->to->multiplier + channel * step, step,
                                 xq_output_of(sink->to), sink->q + at, plane);
    return;
  }
  for (size_t c = 0; c < channels; ++c) {
    xq_emit_rows(kernels, rows, sink, acc + c * acc_step, channel + c, at + c * plane);
  }
}
