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

/// The larger of two that are no NaN, the one before of two zeros.
HWY_INLINE hn::Vec<Tag> larger(hn::Vec<Tag> best, hn::Vec<Tag> value) {
#if HWY_ARCH_X86 || HWY_ARCH_WASM
  return hn::Max(value, best);  // value > best ? value : best
#else
  return hn::IfThenElse(hn::Gt(value, best), value, best);
#endif
}

/// One vector of outputs where there are NaN; load(pointer) gives the elements of a tap.
template <class Load>
HWY_INLINE hn::Vec<Tag> largest_or_nan(const float* const* taps, size_t tap_count, Load load) {
  auto best = hn::Neg(hn::Inf(Tag()));
  for (size_t t = 0; t < tap_count; ++t) {
    const auto value = load(taps[t]);
    best = hn::IfThenElse(hn::Or(hn::Gt(value, best), hn::IsNaN(value)), value, best);
  }
  return best;
}

/// One vector of outputs.
template <class Load>
HWY_INLINE hn::Vec<Tag> largest(const float* const* taps, size_t tap_count, Load load) {
  auto best = hn::Neg(hn::Inf(Tag()));
  auto nans = hn::MaskFalse(Tag());
  for (size_t t = 0; t < tap_count; ++t) {
    const auto value = load(taps[t]);
    best = larger(best, value);
    nans = hn::Or(nans, hn::IsNaN(value));
  }
  if (!hn::AllFalse(Tag(), nans)) return largest_or_nan(taps, tap_count, load);
  return best;
}

/// The elements 0, 2, 4, ... of what is at the pointer; reads one element more.
HWY_INLINE hn::Vec<Tag> even(const float* from) {
  hn::Vec<Tag> first, second;
  hn::LoadInterleaved2(Tag(), from, first, second);
  return first;
}
/// One vector of outputs of step 2: two taps that are neighbours are read together.
HWY_INLINE hn::Vec<Tag> largest_even(const float* const* taps, size_t tap_count, size_t i) {
  auto best = hn::Neg(hn::Inf(Tag()));
  auto nans = hn::MaskFalse(Tag());
  for (size_t t = 0; t < tap_count; ++t) {
    hn::Vec<Tag> first, second;
    hn::LoadInterleaved2(Tag(), taps[t] + 2 * i, first, second);
    best = larger(best, first);
    nans = hn::Or(nans, hn::IsNaN(first));
    if (t + 1 == tap_count || taps[t + 1] != taps[t] + 1) continue;
    ++t;
    best = larger(best, second);
    nans = hn::Or(nans, hn::IsNaN(second));
  }
  if (hn::AllFalse(Tag(), nans)) return best;
  return largest_or_nan(taps, tap_count,
                        [i](const float* tap) HWY_ATTR { return even(tap + 2 * i); });
}

/// even(), reading one element less instead.
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
    hn::StoreU(largest_even(taps, tap_count, i), d, y + i);
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
