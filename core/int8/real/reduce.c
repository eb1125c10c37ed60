#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/real/sums.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* Codes of 16 bit whose sum stays in int32. */
enum { kPart = 32768 };

/* A loop for each type, in parts of int32, which compilers turn into vectors. */
#define XQ_SUM(type)                                                       \
  do {                                                                     \
    const type* code = (const type*)x + at;                                \
    for (size_t first = 0; first < length; first += kPart) {               \
      const size_t last = length - first < kPart ? length : first + kPart; \
      int32_t part = 0;                                                    \
      for (size_t l = first; l < last; ++l) part += code[l * step];        \
      sum += part;                                                         \
    }                                                                      \
  } while (0)

static int64_t sum_of(const void* x, xq_type type, size_t at, size_t length, size_t step) {
  int64_t sum = 0;
  switch (type) {
    case XQ_S8:
      XQ_SUM(int8_t);
      break;
    case XQ_U8:
      XQ_SUM(uint8_t);
      break;
    case XQ_S16:
      XQ_SUM(int16_t);
      break;
    case XQ_U16:
      XQ_SUM(uint16_t);
      break;
  }
  return sum;
}

/* |code - zero_point|, or their squares, of which 2^31 of 16 bit stay in 64 bits. */
static uint64_t norm_sum(xq_reduction op, const void* x, const xq_quant* from, size_t at,
                         size_t length, size_t step) {
  uint64_t sum = 0;
  for (size_t l = 0; l < length; ++l) {
    const int64_t distance = xq_code_at(x, from->type, at + l * step) - from->zero_point;
    const int64_t term = op != XQ_REDUCE_L1 ? distance * distance
                         : distance < 0     ? -distance
                                            : distance;
    sum += (uint64_t)term;
  }
  return sum;
}

typedef struct extremes {
  int32_t largest, smallest;
} extremes;

static extremes extremes_of(const void* x, xq_type type, size_t at, size_t length, size_t step) {
  extremes e = {INT32_MIN, INT32_MAX};
  for (size_t l = 0; l < length; ++l) {
    const int32_t code = xq_code_at(x, type, at + l * step);
    if (code > e.largest) e.largest = code;
    if (code < e.smallest) e.smallest = code;
  }
  return e;
}

/* The operations that have no exact sum of codes. */
static float of_reals(xq_reduction op, const void* x, const xq_quant* from, size_t at,
                      size_t length, size_t step, int32_t largest) {
  double product = 1.0, sum = 0.0;
  for (size_t l = 0; l < length; ++l) {
    const int32_t code = xq_code_at(x, from->type, at + l * step);
    const float real = (float)(code - from->zero_point) * from->scale;
    if (op == XQ_REDUCE_PROD) {
      product *= (double)real;
    } else if (op == XQ_REDUCE_LOG_SUM) {
      sum += (double)real;
    } else {
      sum += (double)(float)xq_exp((double)((float)(code - largest) * from->scale));
    }
  }
  if (op == XQ_REDUCE_PROD) return (float)product;
  if (op == XQ_REDUCE_LOG_SUM) return (float)xq_log(sum);
  const float most = (float)(largest - from->zero_point) * from->scale;
  return most + (float)xq_log((double)(float)sum);
}

/* Of `length` elements `step` apart. */
static float result_of(xq_reduction op, const void* x, const xq_quant* from, size_t at,
                       size_t length, size_t step) {
  if (op == XQ_REDUCE_SUM || op == XQ_REDUCE_MEAN) {
    const int64_t sum =
        sum_of(x, from->type, at, length, step) - (int64_t)length * from->zero_point;
    return op == XQ_REDUCE_SUM ? xq_sum_real(sum, from->scale)
                               : xq_mean_real(sum, length, from->scale);
  }
  if (op >= XQ_REDUCE_L1 && op <= XQ_REDUCE_SUM_SQUARE) {
    return xq_norm_real(op, norm_sum(op, x, from, at, length, step), from->scale);
  }
  if (op > XQ_REDUCE_MIN && op != XQ_REDUCE_LOG_SUM_EXP) {
    return of_reals(op, x, from, at, length, step, 0);
  }
  const extremes e = extremes_of(x, from->type, at, length, step);
  const int32_t code = op == XQ_REDUCE_MIN ? e.smallest : e.largest;
  if (op == XQ_REDUCE_LOG_SUM_EXP) return of_reals(op, x, from, at, length, step, code);
  return (float)(code - from->zero_point) * from->scale;
}

void xq_reduce(xq_reduction op, const void* x, size_t outer, size_t length, size_t inner,
               const xq_quant* from, const xq_quant* to, void* y) {
  XQ_REQUIRE(op >= XQ_REDUCE_SUM && op <= XQ_REDUCE_LOG_SUM_EXP);
  XQ_REQUIRE(length >= 1 && length < (size_t)1 << 31);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < outer * inner; i += XQ_CHUNK) {
    const size_t count = xq_chunk(outer * inner, i);
    for (size_t k = 0; k < count; ++k) {
      const size_t o = (i + k) / inner;
      reals[k] = result_of(op, x, from, o * length * inner + (i + k) % inner, length, inner);
    }
    xq_write_reals(kernels, reals, count, to, y, i);
  }
}
