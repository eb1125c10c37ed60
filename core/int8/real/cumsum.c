#include "int8/codes/codes.h"
#include "int8/real/rows.h"
#include "int8/real/sums.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* `length` elements `step` apart, from element `at` on, in pieces from the end where the sums begin
 * there. */
static void sum_along(const xq_kernels* kernels, const void* x, size_t at, size_t length,
                      size_t step, int exclusive, int reverse, const xq_quant* from,
                      const xq_quant* to, void* y) {
  int64_t sum = 0;
  float reals[XQ_CHUNK];
  for (size_t done = 0; done < length; done += XQ_CHUNK) {
    const size_t count = xq_chunk(length, done);
    const size_t first = reverse ? length - done - count : done;
    for (size_t k = 0; k < count; ++k) {
      const size_t i = reverse ? count - 1 - k : k;
      const int64_t before = sum;
      sum += xq_code_at(x, from->type, at + (first + i) * step) - from->zero_point;
      reals[i] = xq_sum_real(exclusive ? before : sum, from->scale);
    }
    xq_write_row(kernels, reals, count, to, y, at + first * step, step);
  }
}

void xq_cumsum(const void* x, size_t outer, size_t length, size_t inner, int exclusive, int reverse,
               const xq_quant* from, const xq_quant* to, void* y) {
  XQ_REQUIRE(length < (size_t)1 << 31);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  for (size_t i = 0; i < outer * inner; ++i) {
    const size_t at = i / inner * length * inner + i % inner;
    sum_along(kernels, x, at, length, inner, exclusive, reverse, from, to, y);
  }
}
