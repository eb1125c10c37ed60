#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"

size_t xq_table_of(xq_real_function f, void* context, const xq_quant* from, const xq_quant* to,
                   xq_table table) {
  XQ_REQUIRE(f != NULL);
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(xq_is_8_bit(from->type) && xq_is_8_bit(to->type));
  uint8_t codes[256];
  for (int i = 0; i < 256; ++i) codes[i] = (uint8_t)i;
  const xq_kernels* kernels = xq_active();
  float x[256];
  float y[256];
  xq_read_reals(kernels, codes, 0, 256, from, x);
  f(x, 256, y, context);
  return xq_write_reals(kernels, y, 256, to, table, 0);
}

void xq_table_apply(const xq_table table, const void* x, size_t n, void* y) {
  XQ_REQUIRE(table != NULL);
  xq_active()->lookup(table, x, n, y);
}
