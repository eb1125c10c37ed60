#include "runtime/depthwise/depthwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/depthwise/depthwise.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::depthwise::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t row_slack() { return 2 * hn::Lanes(hn::ScalableTag<float>()); }

HWY_NOINLINE void row(const float* const* taps, const float* weights, size_t tap_count,
                      const float* bias, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto offset = bias != nullptr ? hn::Set(d, *bias) : hn::Zero(d);
  for (size_t x = 0; x < n; x += 2 * lanes) {
    auto left = hn::Zero(d), right = left;
    for (size_t t = 0; t < tap_count; ++t) {
      const auto weight = hn::Set(d, weights[t]);
      left = hn::Add(left, hn::Mul(weight, hn::LoadU(d, taps[t] + x)));
      right = hn::Add(right, hn::Mul(weight, hn::LoadU(d, taps[t] + x + lanes)));
    }
    if (bias != nullptr) left = hn::Add(left, offset), right = hn::Add(right, offset);
    if (x + 2 * lanes <= n) {
      hn::StoreU(left, d, y + x);
      hn::StoreU(right, d, y + x + lanes);
    } else {
      const size_t rest = n - x;
      hn::StoreN(left, d, y + x, rest < lanes ? rest : lanes);
      if (rest > lanes) hn::StoreN(right, d, y + x + lanes, rest - lanes);
    }
  }
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
