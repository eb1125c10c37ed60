#include "int8/product/output_rows.h"

#include <string.h>

#include "int8/product/block.h"

/* Rows of fewer outputs are requantized together, with what lies between them, and copied. In
 * WebAssembly the copy of a row is a call into the engine, which costs more than it saves. */
#ifdef __EMSCRIPTEN__
enum { kShortRow = 16 };
#else
enum { kShortRow = 64 };
#endif

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
        memcpy(sink->q + to, results + i, valid);
      } else {
        xq_emit_channel(kernels, sink, acc + i, valid, channel, to);
      }
    }
    i += rows->pitch - column;
  }
}
