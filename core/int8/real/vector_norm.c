#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/real/rows.h"
#include "int8/require.h"
#include "int8/xq_normalize.h"

typedef struct quotient {
  double mean, divisor;
} quotient;

static quotient quotient_of(xq_divisor kind, const float* row, size_t n) {
  quotient q = {0.0, 0.0};
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double r = (double)row[i];
    sum += kind == XQ_DIVISOR_L1 ? xq_absolute(r) : kind == XQ_DIVISOR_L2 ? r * r : r;
  }
  if (kind != XQ_DIVISOR_DEVIATION) {
    q.divisor = kind == XQ_DIVISOR_L1 ? sum : xq_sqrt(sum);
    return q;
  }
  q.mean = sum / (double)n;
  double squares = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double distance = (double)row[i] - q.mean;
    squares += distance * distance;
  }
  q.divisor = xq_sqrt(squares / (double)n) + 1e-9;
  return q;
}

void xq_vector_norm(xq_divisor divisor, const void* x, size_t outer, size_t length, size_t inner,
                    const xq_quant* from, const xq_quant* to, void* y, void* workspace) {
  XQ_REQUIRE(divisor >= XQ_DIVISOR_L1 && divisor <= XQ_DIVISOR_DEVIATION);
  XQ_REQUIRE(length >= 1);
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  float* row = workspace;
  for (size_t i = 0; i < outer * inner; ++i) {
    const size_t at = i / inner * length * inner + i % inner;
    xq_read_row(kernels, x, at, inner, length, from, row);
    const quotient q = quotient_of(divisor, row, length);
    for (size_t l = 0; l < length; ++l) row[l] = (float)(((double)row[l] - q.mean) / q.divisor);
    xq_write_row(kernels, row, length, to, y, at, inner);
  }
}
