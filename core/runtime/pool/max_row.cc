#include "runtime/pool/max_row.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pool/max_row.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::pool::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;

/// One vector of outputs; load(pointer) gives the elements of a tap.
template <class Load>
HWY_INLINE hn::Vec<Tag> largest(const float* const* taps, size_t tap_count, Load load) {
  auto best = hn::Neg(hn::Inf(Tag()));
  for (size_t t = 0; t < tap_count; ++t) {
    const auto value = load(taps[t]);
    best = hn::IfThenElse(hn::Or(hn::Gt(value, best), hn::IsNaN(value)), value, best);
  }
  return best;
}

/// The elements 0, 2, 4, ... of what is at the pointer; reads one element more.
HWY_INLINE hn::Vec<Tag> even(const float* from) {
  hn::Vec<Tag> first, second;
  hn::LoadInterleaved2(Tag(), from, first, second);
  return first;
}
/// The same, reading one element less instead.
HWY_INLINE hn::Vec<Tag> even_before(const float* from) {
  hn::Vec<Tag> first, second;
  hn::LoadInterleaved2(Tag(), from - 1, first, second);
  return second;
}

void scalar(const float* const* taps, size_t tap_count, size_t step, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    float best = -std::numeric_limits<float>::infinity();
    for (size_t t = 0; t < tap_count; ++t) {
      const float value = taps[t][i * step];
      best = value > best || value != value ? value : best;
    }
    y[i] = best;
  }
}

/// Vectors; the last one overlaps the one before it.
HWY_NOINLINE void row(const float* const* taps, size_t tap_count, size_t step, float* y, size_t n) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  if (n <= lanes) return scalar(taps, tap_count, step, y, n);
  const size_t last = n - lanes;
  if (step == 1) {
    const auto at = [&](size_t i) HWY_ATTR {
      const auto load = [i, d](const float* tap) HWY_ATTR { return hn::LoadU(d, tap + i); };
      hn::StoreU(largest(taps, tap_count, load), d, y + i);
    };
    for (size_t i = 0; i < last; i += lanes) at(i);
    return at(last);
  }
  for (size_t i = 0; i < last; i += lanes) {
    const auto load = [i](const float* tap) HWY_ATTR { return even(tap + 2 * i); };
    hn::StoreU(largest(taps, tap_count, load), d, y + i);
  }
  const auto load = [last](const float* tap) HWY_ATTR { return even_before(tap + 2 * last); };
  hn::StoreU(largest(taps, tap_count, load), d, y + last);
}

}  // namespace xquant::runtime::pool::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::pool {

HWY_EXPORT(row);

void max_row(const float* const* taps, std::size_t tap_count, std::size_t step, float* y,
             std::size_t n) {
  HWY_DYNAMIC_DISPATCH(row)(taps, tap_count, step, y, n);
}

}  // namespace xquant::runtime::pool
#endif
