#include "runtime/depthwise/depthwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/depthwise/depthwise.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

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
};

/// kVectors vectors of outputs from x on: with 8 no sum waits for its last addition, and one weight
/// serves all of them.
template <size_t kVectors>
HWY_INLINE void vectors(const Taps& taps, size_t x, float* y) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (size_t t = 0; t < taps.count; ++t) {
    const auto weight = hn::Set(d, taps.weights[t]);
    const float* tap = taps.start[t] + taps.offset + x;
    const auto product = [&](size_t vector) HWY_ATTR {
      return hn::Mul(weight, hn::LoadU(d, tap + vector * lanes));
    };
    s0 = hn::Add(s0, product(0));
    if constexpr (kVectors > 1) s1 = hn::Add(s1, product(1));
    if constexpr (kVectors > 2) s2 = hn::Add(s2, product(2)), s3 = hn::Add(s3, product(3));
    if constexpr (kVectors > 4) {
      s4 = hn::Add(s4, product(4)), s5 = hn::Add(s5, product(5));
      s6 = hn::Add(s6, product(6)), s7 = hn::Add(s7, product(7));
    }
  }
  const auto store = [&](auto sum, size_t vector) HWY_ATTR {
    if (taps.bias != nullptr) sum = hn::Add(sum, hn::Set(d, *taps.bias));
    hn::StoreU(sum, d, y + x + vector * lanes);
  };
  store(s0, 0);
  if constexpr (kVectors > 1) store(s1, 1);
  if constexpr (kVectors > 2) store(s2, 2), store(s3, 3);
  if constexpr (kVectors > 4) store(s4, 4), store(s5, 5), store(s6, 6), store(s7, 7);
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
  hn::StoreN(sum, d, y, n);
}

/// The last vectors of a row are computed so that they end with it; what they share with those
/// before them gets the same bits again.
HWY_NOINLINE void all_rows(const float* const* starts, const float* weights, size_t tap_count,
                           const float* bias, float* y, const Rows& rows) {
  const size_t lanes = hn::Lanes(hn::ScalableTag<float>()), n = rows.n;
  Taps taps{starts, 0, weights, tap_count, bias};
  for (size_t r = 0; r < rows.count; ++r, taps.offset += rows.tap_step, y += rows.y_step) {
    size_t x = 0;
    for (; x + 8 * lanes <= n; x += 8 * lanes) vectors<8>(taps, x, y);
    if (n >= 4 * lanes) {
      if (x + 4 * lanes < n) vectors<4>(taps, x, y);
      if (x < n) vectors<4>(taps, n - 4 * lanes, y);
    } else if (n >= 2 * lanes) {
      vectors<2>(taps, 0, y);
      if (n > 2 * lanes) vectors<2>(taps, n - 2 * lanes, y);
    } else if (n >= lanes) {
      vectors<1>(taps, 0, y);
      if (n > lanes) vectors<1>(taps, n - lanes, y);
    } else {
      part(taps, y, n);
    }
  }
}

}  // namespace xquant::runtime::depthwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::depthwise {

HWY_EXPORT(all_rows);
HWY_EXPORT(row_slack);

void convolve(const float* const* taps, const float* weights, std::size_t tap_count,
              const float* bias, float* y, const Rows& rows) {
  HWY_DYNAMIC_DISPATCH(all_rows)(taps, weights, tap_count, bias, y, rows);
}

std::size_t slack() { return HWY_DYNAMIC_DISPATCH(row_slack)(); }

}  // namespace xquant::runtime::depthwise
#endif
