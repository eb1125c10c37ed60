#include "int8/product/output_rows.h"

#include <string.h>

#include "int8/product/block.h"

/* Rows of fewer outputs are requantized together, with what lies between them, and copied. */
enum { kShortRow = 64 };

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

void xq_emit_rows(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                  const int32_t* acc, size_t count, size_t first, size_t channel, size_t at,
                  uint8_t* results) {
  const int is_short = rows->width < kShortRow;
  if (sink->q != NULL && is_short) {
    const xq_sink aside = {.q = results, .to = sink->to};
    xq_emit_channel(kernels, &aside, acc, count, channel, 0);
  }
  size_t row = first / rows->pitch;
  size_t column = first - row * rows->pitch;
  for (size_t i = 0; i < count; ++row, column = 0) {
    if (column < rows->width) {
      const size_t valid = xq_min(rows->width - column, count - i);
      const size_t to = at + row * rows->step + column;
      if (sink->q != NULL && is_short) {
        copy_short(results + i, valid, sink->q + to);
      } else {
        xq_emit_channel(kernels, sink, acc + i, valid, channel, to);
      }
    }
    i += rows->pitch - column;
  }
}
