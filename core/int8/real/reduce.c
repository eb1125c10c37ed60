#include "int8/codes/codes.h"
#include "int8/real/sums.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* Sum, largest and smallest of `length` codes `step` apart. */
typedef struct totals {
  int64_t sum;
  int32_t largest, smallest;
} totals;

#define XQ_TOTALS(type)                                   \
  for (size_t l = 0; l < length; ++l) {                   \
    const int32_t code = ((const type*)x)[at + l * step]; \
    t.sum += code;                                        \
    t.largest = code > t.largest ? code : t.largest;      \
    t.smallest = code < t.smallest ? code : t.smallest;   \
  }                                                       \
  break

static totals totals_of(const void* x, xq_type type, size_t at, size_t length, size_t step) {
  totals t = {0, INT32_MIN, INT32_MAX};
  switch (type) {
    case XQ_S8:
      XQ_TOTALS(int8_t);
    case XQ_U8:
      XQ_TOTALS(uint8_t);
    case XQ_S16:
      XQ_TOTALS(int16_t);
    case XQ_U16:
      XQ_TOTALS(uint16_t);
  }
  return t;
}

static float result_of(xq_reduction op, const totals* t, size_t length, const xq_quant* from) {
  const int64_t sum = t->sum - (int64_t)length * from->zero_point;
  switch (op) {
    case XQ_REDUCE_SUM:
      return xq_sum_real(sum, from->scale);
    case XQ_REDUCE_MEAN:
      return xq_mean_real(sum, length, from->scale);
    case XQ_REDUCE_MAX:
      return (float)(t->largest - from->zero_point) * from->scale;
    case XQ_REDUCE_MIN:
      return (float)(t->smallest - from->zero_point) * from->scale;
  }
  return 0.0f;
}

void xq_reduce(xq_reduction op, const void* x, size_t outer, size_t length, size_t inner,
               const xq_quant* from, const xq_quant* to, void* y) {
  XQ_REQUIRE(op >= XQ_REDUCE_SUM && op <= XQ_REDUCE_MIN);
  XQ_REQUIRE(length >= 1 && length < (size_t)1 << 31);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < outer * inner; i += XQ_CHUNK) {
    const size_t count = xq_chunk(outer * inner, i);
    for (size_t k = 0; k < count; ++k) {
      const size_t o = (i + k) / inner;
      const totals t =
          totals_of(x, from->type, o * length * inner + (i + k) % inner, length, inner);
      reals[k] = result_of(op, &t, length, from);
    }
    xq_write_reals(kernels, reals, count, to, y, i);
  }
}
