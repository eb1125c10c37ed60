#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"

static size_t entries_of(xq_type from) { return xq_is_8_bit(from) ? 256 : 65536; }

size_t xq_wide_table_size(xq_type from, xq_type to) {
  XQ_REQUIRE(xq_is_type(from) && xq_is_type(to));
  return entries_of(from) * xq_type_size(to);
}

size_t xq_wide_table_of(xq_real_function f, void* context, const xq_quant* from, const xq_quant* to,
                        void* table) {
  XQ_REQUIRE(f != NULL);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  size_t nans = 0;
  for (size_t first = 0; first < entries_of(from->type); first += XQ_CHUNK) {
    uint16_t codes[XQ_CHUNK];
    float x[XQ_CHUNK], y[XQ_CHUNK];
    for (size_t i = 0; i < XQ_CHUNK; ++i) xq_set_code(codes, from->type, i, (int32_t)(first + i));
    xq_read_reals(kernels, codes, 0, XQ_CHUNK, from, x);
    f(x, XQ_CHUNK, y, context);
    nans += xq_write_reals(kernels, y, XQ_CHUNK, to, table, first);
  }
  return nans;
}

#define XQ_LOOK_UP(source, result)                            \
  do {                                                        \
    const source* code = x;                                   \
    const result* entries = table;                            \
    result* out = y;                                          \
    for (size_t i = 0; i < n; ++i) out[i] = entries[code[i]]; \
  } while (0)

void xq_wide_table_apply(const void* table, xq_type from, xq_type to, const void* x, size_t n,
                         void* y) {
  XQ_REQUIRE(table != NULL && xq_is_type(from) && xq_is_type(to));
  if (xq_is_8_bit(from) && xq_is_8_bit(to)) {
    XQ_LOOK_UP(uint8_t, uint8_t);
  } else if (xq_is_8_bit(from)) {
    XQ_LOOK_UP(uint8_t, uint16_t);
  } else if (xq_is_8_bit(to)) {
    XQ_LOOK_UP(uint16_t, uint8_t);
  } else {
    XQ_LOOK_UP(uint16_t, uint16_t);
  }
}
