#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"
#include "int8/xq_move.h"

static void same(const float* x, size_t n, float* y, void* context) {
  (void)context;
  memcpy(y, x, n * sizeof(float));
}

/* The mapping is applied by a table where there are more elements than codes. */
typedef struct rescaling {
  int copies, by_table;
  xq_table table;
} rescaling;

static rescaling rescaling_of(const xq_quant* from, const xq_quant* to, size_t n) {
  rescaling r;
  r.copies = xq_same_codes(from, to);
  r.by_table = !r.copies && n > 256 && xq_is_8_bit(from->type) && xq_is_8_bit(to->type);
  if (r.by_table) xq_table_of(same, NULL, from, to, r.table);
  return r;
}

static void rescale_run(const rescaling* r, const void* x, size_t x_at, size_t n,
                        const xq_quant* from, const xq_quant* to, void* y, size_t y_at) {
  if (r->copies) {
    memcpy(xq_at_mutable(y, to->type, y_at), xq_at(x, from->type, x_at),
           n * xq_type_size(to->type));
    return;
  }
  if (r->by_table) {
    xq_table_apply(r->table, (const uint8_t*)x + x_at, n, (uint8_t*)y + y_at);
    return;
  }
  const xq_kernels* kernels = xq_active();
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    xq_read_reals(kernels, x, x_at + i, count, from, reals);
    xq_write_reals(kernels, reals, count, to, y, y_at + i);
  }
}

void xq_rescale(const void* x, size_t n, const xq_quant* from, const xq_quant* to, void* y) {
  xq_require_quant(from);
  xq_require_quant(to);
  if (n == 0) return;
  const rescaling r = rescaling_of(from, to, n);
  rescale_run(&r, x, 0, n, from, to, y, 0);
}

void xq_concat(const xq_tensor* inputs, const size_t* length, size_t count, size_t outer,
               size_t inner, const xq_quant* to, void* y) {
  XQ_REQUIRE((inputs != NULL && length != NULL) || count == 0);
  xq_require_quant(to);
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    xq_require_quant(&inputs[i].quant);
    total += length[i];
  }
  size_t before = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t run = length[i] * inner;
    const xq_quant* from = &inputs[i].quant;
    const rescaling r = rescaling_of(from, to, outer * run);
    for (size_t o = 0; o < outer && run > 0; ++o) {
      rescale_run(&r, inputs[i].data, o * run, run, from, to, y, (o * total + before) * inner);
    }
    before += length[i];
  }
}
