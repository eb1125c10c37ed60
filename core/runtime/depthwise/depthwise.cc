#include "runtime/depthwise/depthwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/depthwise/depthwise.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::depthwise::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t row_slack() { return hn::Lanes(hn::ScalableTag<float>()); }

/// Four vectors of outputs: enough sums that none waits for its last addition, and one weight for
/// all of them.
HWY_INLINE void four(const float* const* taps, size_t x, const float* weights, size_t tap_count,
                     const float* bias, float* y) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  for (size_t t = 0; t < tap_count; ++t) {
    const auto weight = hn::Set(d, weights[t]);
    const float* tap = taps[t] + x;
    s0 = hn::Add(s0, hn::Mul(weight, hn::LoadU(d, tap)));
    s1 = hn::Add(s1, hn::Mul(weight, hn::LoadU(d, tap + lanes)));
    s2 = hn::Add(s2, hn::Mul(weight, hn::LoadU(d, tap + 2 * lanes)));
    s3 = hn::Add(s3, hn::Mul(weight, hn::LoadU(d, tap + 3 * lanes)));
  }
  if (bias != nullptr) {
    const auto offset = hn::Set(d, *bias);
    s0 = hn::Add(s0, offset), s1 = hn::Add(s1, offset);
    s2 = hn::Add(s2, offset), s3 = hn::Add(s3, offset);
  }
  hn::StoreU(s0, d, y + x), hn::StoreU(s1, d, y + x + lanes);
  hn::StoreU(s2, d, y + x + 2 * lanes), hn::StoreU(s3, d, y + x + 3 * lanes);
}

/// Up to one vector.
HWY_INLINE void one(const float* const* taps, size_t x, const float* weights, size_t tap_count,
                    const float* bias, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  auto sum = hn::Zero(d);
  for (size_t t = 0; t < tap_count; ++t) {
    sum = hn::Add(sum, hn::Mul(hn::Set(d, weights[t]), hn::LoadU(d, taps[t] + x)));
  }
  if (bias != nullptr) sum = hn::Add(sum, hn::Set(d, *bias));
  if (n >= hn::Lanes(d)) return hn::StoreU(sum, d, y + x);
  hn::StoreN(sum, d, y + x, n);
}

HWY_NOINLINE void row(const float* const* taps, const float* weights, size_t tap_count,
                      const float* bias, float* y, size_t n) {
  const size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  size_t x = 0;
  for (; x + 4 * lanes <= n; x += 4 * lanes) four(taps, x, weights, tap_count, bias, y);
  for (; x < n; x += lanes) one(taps, x, weights, tap_count, bias, y, n - x);
}

}  // namespace xquant::runtime::depthwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::depthwise {

HWY_EXPORT(row);
HWY_EXPORT(row_slack);

void convolve_row(const float* const* taps, const float* weights, std::size_t tap_count,
                  const float* bias, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(row)(taps, weights, tap_count, bias, y, n);
}

std::size_t slack() { return HWY_DYNAMIC_DISPATCH(row_slack)(); }

}  // namespace xquant::runtime::depthwise
#endif
