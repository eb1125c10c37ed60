#include "runtime/rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/rows.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_NOINLINE void copy(const float* from, float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  if (i < n) hn::StoreN(hn::LoadN(d, from + i, n - i), d, to + i, n - i);
}

HWY_NOINLINE void zeros(float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Zero(d), d, to + i);
  if (i < n) hn::StoreN(hn::Zero(d), d, to + i, n - i);
}

HWY_NOINLINE void split(const float* from, float* even, float* odd, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::Vec<decltype(d)> left, right;
    hn::LoadInterleaved2(d, from + 2 * i, left, right);
    hn::StoreU(left, d, even + i);
    if (odd != nullptr) hn::StoreU(right, d, odd + i);
  }
  for (; i < n; ++i) {
    even[i] = from[2 * i];
    if (odd != nullptr) odd[i] = from[2 * i + 1];
  }
}

}  // namespace xquant::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime {

HWY_EXPORT(copy);
HWY_EXPORT(zeros);
HWY_EXPORT(split);

void copy_row(const float* from, float* to, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(copy)(from, to, n);
}
void fill_zeros(float* to, std::size_t n) { HWY_DYNAMIC_DISPATCH(zeros)(to, n); }
void split_row(const float* from, float* even, float* odd, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(split)(from, even, odd, n);
}

}  // namespace xquant::runtime
#endif
