#include "runtime/pool/nonnegative_max.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pool/nonnegative_max.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

// Floats without sign are in the order of their bits, and NaN comes behind all of them.

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::pool::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<int32_t>;

/// The bits of floats.
HWY_INLINE hn::Vec<Tag> load(const float* from) {
  return hn::BitCast(Tag(), hn::LoadU(hn::RebindToFloat<Tag>(), from));
}

/// The largest of n columns of so many rows (0: of `count`); false: there is one without a meaning
/// here.
template <size_t kRows>
HWY_NOINLINE bool columns(const float* const* rows, size_t count, size_t n, int32_t* to) {
  const Tag d;
  const size_t lanes = hn::Lanes(d);
  auto signs = hn::Zero(d), largest = hn::Zero(d);
  const float *first = rows[0], *second = rows[kRows > 1 ? 1 : 0], *third = rows[kRows > 2 ? 2 : 0];
  const auto at = [&](size_t x) HWY_ATTR {
    auto best = load(first + x);
    signs = hn::Or(signs, best);
    const auto take = [&](const float* row) HWY_ATTR {
      const auto value = load(row + x);
      signs = hn::Or(signs, value);
      best = hn::Max(best, value);
    };
    if constexpr (kRows > 1) take(second);
    if constexpr (kRows > 2) take(third);
    if constexpr (kRows == 0) {
      for (size_t r = 1; r < count; ++r) take(rows[r]);
    }
    largest = hn::Max(largest, best);
    hn::StoreU(best, d, to + x);
  };
  for (size_t x = 0; x + lanes <= n; x += lanes) at(x);
  if (n % lanes != 0) at(n - lanes);
  const auto infinity = hn::Set(d, 0x7f800000);
  return hn::AllFalse(d, hn::Or(hn::Lt(signs, hn::Zero(d)), hn::Gt(largest, infinity)));
}

HWY_INLINE bool any_columns(const float* const* rows, size_t count, size_t n, int32_t* to) {
  if (count == 2) return columns<2>(rows, count, n, to);
  if (count == 3) return columns<3>(rows, count, n, to);
  return columns<0>(rows, count, n, to);
}

/// The largest of so many neighbours (0: of `kernel`), kStep apart. In whole vectors, the last of
/// which ends with y.
template <size_t kStep, size_t kKernel>
HWY_NOINLINE void across(const int32_t* from, size_t kernel, float* y, size_t n) {
  const Tag d;
  const hn::RebindToFloat<Tag> df;
  const size_t lanes = hn::Lanes(d), taps = kKernel == 0 ? kernel : kKernel;
  const auto at = [&](size_t i) HWY_ATTR {
    auto best = hn::Zero(d);
    const int32_t* tap = from + i * kStep;
    if constexpr (kStep == 1) {
      for (size_t k = 0; k < taps; ++k) best = hn::Max(best, hn::LoadU(d, tap + k));
    } else {
      hn::Vec<Tag> even, odd;
      for (size_t k = 0; k < taps; k += 2) {
        hn::LoadInterleaved2(d, tap + k, even, odd);
        best = hn::Max(best, even);
        if (k + 1 < taps) best = hn::Max(best, odd);
      }
    }
    hn::StoreU(hn::BitCast(df, best), df, y + i);
  };
  for (size_t i = 0; i + lanes <= n; i += lanes) at(i);
  if (n % lanes != 0) at(n - lanes);
}

template <size_t kStep>
HWY_INLINE void any_across(const int32_t* from, size_t kernel, float* y, size_t n) {
  if (kernel == 2) return across<kStep, 2>(from, kernel, y, n);
  if (kernel == 3) return across<kStep, 3>(from, kernel, y, n);
  across<kStep, 0>(from, kernel, y, n);
}

HWY_NOINLINE bool run(const float* const* rows, size_t count, const WindowRow& row, int32_t* buffer,
                      float* y) {
  if (!any_columns(rows, count, row.in, buffer + row.before)) return false;
  if (row.step == 1) {
    any_across<1>(buffer, row.kernel, y, row.out);
  } else {
    any_across<2>(buffer, row.kernel, y, row.out);
  }
  return true;
}

size_t lanes() { return hn::Lanes(Tag()); }

}  // namespace xquant::runtime::pool::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::pool {

HWY_EXPORT(run);
HWY_EXPORT(lanes);

NonnegativeMax::NonnegativeMax(const WindowRow& row) : row_(row) { columns_.fill(0); }

bool NonnegativeMax::takes(const WindowRow& row) {
  const std::size_t lanes = HWY_DYNAMIC_DISPATCH(lanes)();
  const std::size_t reach = (row.out - 1) * row.step + row.kernel;
  return lanes <= row.in && lanes <= row.out && (row.step == 1 || row.step == 2) &&
         row.before < row.kernel && row.before + row.in <= kWidest && reach + 1 <= kWidest &&
         (row.out - 1) * row.step < row.before + row.in && lanes * row.step + row.kernel <= kSlack;
}

bool NonnegativeMax::run(const float* const* rows, std::size_t count, float* y) {
  return HWY_DYNAMIC_DISPATCH(run)(rows, count, row_, columns_.data(), y);
}

}  // namespace xquant::runtime::pool
#endif
