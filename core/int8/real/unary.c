#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"

static void require_function(const xq_unary_function* f) {
  XQ_REQUIRE(f != NULL && f->op >= XQ_RELU && f->op <= XQ_TO_CEIL);
}

void xq_unary_f32(const xq_unary_function* f, const float* x, size_t n, float* y) {
  require_function(f);
  xq_active()->map(f, x, n, y);
}

static void as_real_function(const float* x, size_t n, float* y, void* context) {
  xq_unary_f32((const xq_unary_function*)context, x, n, y);
}

size_t xq_unary_table(const xq_unary_function* f, const xq_quant* from, const xq_quant* to,
                      xq_table table) {
  require_function(f);
  xq_unary_function copy = *f;
  return xq_table_of(as_real_function, &copy, from, to, table);
}

/* Worth it when there are more elements than codes. */
static int wants_table(size_t n, const xq_quant* from, const xq_quant* to) {
  return n > 256 && xq_is_8_bit(from->type) && xq_is_8_bit(to->type);
}

size_t xq_unary(const xq_unary_function* f, const void* x, size_t n, const xq_quant* from,
                const xq_quant* to, void* y) {
  require_function(f);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  if (wants_table(n, from, to)) {
    xq_table table;
    if (xq_unary_table(f, from, to, table) == 0) { /* NaN must be counted one by one */
      xq_table_apply(table, x, n, y);
      return 0;
    }
  }
  size_t nans = 0;
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    xq_read_reals(kernels, x, i, count, from, reals);
    xq_unary_f32(f, reals, count, reals);
    nans += xq_write_reals(kernels, reals, count, to, y, i);
  }
  return nans;
}
