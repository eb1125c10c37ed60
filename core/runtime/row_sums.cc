#include "runtime/row_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/row_sums.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Two rows share a vector of two doubles, on every machine: each lane adds in the order of memory.
using SumTag = hn::FixedTag<double, 2>;
using RowTag = hn::FixedTag<float, 4>;
using Sum = hn::Vec<SumTag>;

/// add(sum, value, pair) for four columns of the rows a and b, one column after the other.
template <class Add>
HWY_INLINE Sum add_four(Sum sum, const float* a, const float* b, size_t pair, Add add) {
  const RowTag d;
  const SumTag dd;
  const auto x = hn::LoadU(d, a), y = hn::LoadU(d, b);
  const auto low = hn::InterleaveLower(d, x, y), high = hn::InterleaveUpper(d, x, y);
  sum = add(sum, hn::PromoteLowerTo(dd, low), pair);
  sum = add(sum, hn::PromoteUpperTo(dd, low), pair);
  sum = add(sum, hn::PromoteLowerTo(dd, high), pair);
  return add(sum, hn::PromoteUpperTo(dd, high), pair);
}

template <class Add>
HWY_INLINE void add_rows(const float* x, size_t n, double* sums, Add add) {
  static_assert(kSumRows == 8);
  const SumTag dd;
  Sum s0 = hn::Zero(dd), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float* at = x + i;
    s0 = add_four(s0, at, at + n, 0, add);
    s1 = add_four(s1, at + 2 * n, at + 3 * n, 1, add);
    s2 = add_four(s2, at + 4 * n, at + 5 * n, 2, add);
    s3 = add_four(s3, at + 6 * n, at + 7 * n, 3, add);
  }
  const auto add_one = [&](Sum sum, size_t pair) HWY_ATTR {
    const float* at = x + 2 * pair * n + i;
    const double two[2] = {static_cast<double>(at[0]), static_cast<double>(at[n])};
    return add(sum, hn::LoadU(dd, two), pair);
  };
  for (; i < n; ++i) {
    s0 = add_one(s0, 0);
    s1 = add_one(s1, 1);
    s2 = add_one(s2, 2);
    s3 = add_one(s3, 3);
  }
  hn::StoreU(s0, dd, sums);
  hn::StoreU(s1, dd, sums + 2);
  hn::StoreU(s2, dd, sums + 4);
  hn::StoreU(s3, dd, sums + 6);
}

HWY_NOINLINE void sums_of_rows(const float* x, size_t n, double* sums) {
  add_rows(x, n, sums, [](Sum sum, Sum value, size_t) HWY_ATTR __attribute__((always_inline)) {
    return hn::Add(sum, value);
  });
}

HWY_NOINLINE void squares_of_rows(const float* x, size_t n, const double* means, double* sums) {
  const SumTag dd;
  const Sum m0 = hn::LoadU(dd, means), m1 = hn::LoadU(dd, means + 2), m2 = hn::LoadU(dd, means + 4),
            m3 = hn::LoadU(dd, means + 6);
  add_rows(x, n, sums,
           [&](Sum sum, Sum value, size_t pair) HWY_ATTR __attribute__((always_inline)) {
             const Sum mean = pair == 0 ? m0 : pair == 1 ? m1 : pair == 2 ? m2 : m3;
             const Sum distance = hn::Sub(value, mean);
             return hn::Add(sum, hn::Mul(distance, distance));
           });
}

}  // namespace xquant::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime {

HWY_EXPORT(sums_of_rows);
void sum_rows(const float* x, std::size_t n, double* sums) {
  HWY_DYNAMIC_DISPATCH(sums_of_rows)(x, n, sums);
}

HWY_EXPORT(squares_of_rows);
void sum_row_squares(const float* x, std::size_t n, const double* means, double* sums) {
  HWY_DYNAMIC_DISPATCH(squares_of_rows)(x, n, means, sums);
}

}  // namespace xquant::runtime
#endif
