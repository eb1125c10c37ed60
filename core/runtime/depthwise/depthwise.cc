#include "runtime/depthwise/depthwise.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/depthwise/depthwise.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "runtime/bounded.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::depthwise::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t row_slack() { return hn::Lanes(hn::ScalableTag<float>()); }

/// What one row of outputs is computed from.
struct Taps {
  const float* const* start;
  size_t offset;  ///< of the row in every tap
  const float* weights;
  size_t count;
  const float* bias;
  Bounds bounds;
};

/// Vectors that are summed side by side: so many that no sum waits for its last addition, and one
/// weight serves all of them. V8 unrolls the loop and loads all of them first: with 8 there would
/// be more alive than there are registers.
constexpr size_t kMost = 6;

/// kVectors vectors of outputs from x on, the last of them at `last`.
template <size_t kVectors>
HWY_INLINE void vectors(const Taps& taps, size_t x, size_t last, float* y) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto offset = [&](size_t vector)
                          HWY_ATTR { return vector + 1 < kVectors ? x + vector * lanes : last; };
  // The last vector may begin before x.
  const auto to_last = static_cast<std::ptrdiff_t>(last) - static_cast<std::ptrdiff_t>(x);
  const auto distance = [&](size_t vector) HWY_ATTR {
    return vector + 1 < kVectors ? static_cast<std::ptrdiff_t>(vector * lanes) : to_last;
  };
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
  const auto add = [&](const float* tap, const float* factor) HWY_ATTR {
    const auto weight = hn::Set(d, *factor);
    const auto product = [&](size_t vector) HWY_ATTR {
      return hn::Mul(weight, hn::LoadU(d, tap + distance(vector)));
    };
    s0 = hn::Add(s0, product(0));
    if constexpr (kVectors > 1) s1 = hn::Add(s1, product(1));
    if constexpr (kVectors > 2) s2 = hn::Add(s2, product(2));
    if constexpr (kVectors > 3) s3 = hn::Add(s3, product(3));
    if constexpr (kVectors > 4) s4 = hn::Add(s4, product(4));
    if constexpr (kVectors > 5) s5 = hn::Add(s5, product(5));
  };
#pragma clang loop unroll(disable)
  for (size_t t = 0; t < taps.count; ++t) add(taps.start[t] + taps.offset + x, taps.weights + t);
  const auto low = hn::Set(d, taps.bounds.low), high = hn::Set(d, taps.bounds.high);
  const auto store = [&](auto sum, size_t vector) HWY_ATTR {
    if (taps.bias != nullptr) sum = hn::Add(sum, hn::Set(d, *taps.bias));
    hn::StoreU(runtime::HWY_NAMESPACE::bounded(sum, low, high), d, y + offset(vector));
  };
  store(s0, 0);
  if constexpr (kVectors > 1) store(s1, 1);
  if constexpr (kVectors > 2) store(s2, 2);
  if constexpr (kVectors > 3) store(s3, 3);
  if constexpr (kVectors > 4) store(s4, 4);
  if constexpr (kVectors > 5) store(s5, 5);
}

/// Less than a vector.
HWY_INLINE void part(const Taps& taps, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  auto sum = hn::Zero(d);
  for (size_t t = 0; t < taps.count; ++t) {
    sum = hn::Add(sum,
                  hn::Mul(hn::Set(d, taps.weights[t]), hn::LoadU(d, taps.start[t] + taps.offset)));
  }
  if (taps.bias != nullptr) sum = hn::Add(sum, hn::Set(d, *taps.bias));
  hn::StoreN(runtime::HWY_NAMESPACE::bounded(sum, hn::Set(d, taps.bounds.low),
                                             hn::Set(d, taps.bounds.high)),
             d, y, n);
}

/// The last vector of a row ends with it: what it shares with the one before gets the same bits
/// twice.
HWY_INLINE void end_of_row(const Taps& taps, size_t x, float* y, size_t n) {
  const size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  if (n < lanes) return part(taps, y, n);
  const size_t last = n - lanes;
  switch ((n - x + lanes - 1) / lanes) {
    case 0:
      return;
    case 1:
      return vectors<1>(taps, x, last, y);
    case 2:
      return vectors<2>(taps, x, last, y);
    case 3:
      return vectors<3>(taps, x, last, y);
    case 4:
      return vectors<4>(taps, x, last, y);
    case 5:
      return vectors<5>(taps, x, last, y);
    default:
      return vectors<6>(taps, x, last, y);
  }
}

HWY_NOINLINE void all_rows(const float* const* starts, const float* weights, size_t tap_count,
                           const float* bias, const Bounds& bounds, float* y, const Rows& rows) {
  const size_t lanes = hn::Lanes(hn::ScalableTag<float>()), n = rows.n;
  Taps taps{starts, 0, weights, tap_count, bias, bounds};
  for (size_t r = 0; r < rows.count; ++r, taps.offset += rows.tap_step, y += rows.y_step) {
    size_t x = 0;
    for (; x + kMost * lanes <= n; x += kMost * lanes)
      vectors<kMost>(taps, x, x + (kMost - 1) * lanes, y);
    end_of_row(taps, x, y, n);
  }
}

}  // namespace xquant::runtime::depthwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::depthwise {

HWY_EXPORT(all_rows);
HWY_EXPORT(row_slack);

void convolve(const float* const* taps, const float* weights, std::size_t tap_count,
              const float* bias, const Bounds& bounds, float* y, const Rows& rows) {
  HWY_DYNAMIC_DISPATCH(all_rows)(taps, weights, tap_count, bias, bounds, y, rows);
}

std::size_t row_cost(std::size_t n) {
  // Less than 4 vectors wait for their additions; what is beside the sums costs as much as half a
  // vector.
  const auto cost = [](std::size_t vectors) {
    return vectors == 0 ? 0 : std::max<std::size_t>(4, vectors) * 2 + 1;
  };
  const std::size_t vectors = (n + slack() - 1) / slack();
  constexpr std::size_t kMost = 6;  // side by side
  return vectors / kMost * cost(kMost) + cost(vectors % kMost);
}

std::size_t slack() { return HWY_DYNAMIC_DISPATCH(row_slack)(); }

}  // namespace xquant::runtime::depthwise
#endif
