#include "quantize/reconstruct/vector_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quantize/reconstruct/vector_sums.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::quantize::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kChains = 8;

double folded(const double* chain) {
  return ((chain[0] + chain[4]) + (chain[2] + chain[6])) +
         ((chain[1] + chain[5]) + (chain[3] + chain[7]));
}

#if HWY_HAVE_SCALABLE || HWY_TARGET == HWY_SCALAR

template <size_t kRows>
void dots_of(const double* const* rows, const double* b, size_t n, double* result) {
  for (size_t r = 0; r < kRows; ++r) {
    double chain[kChains] = {};
    for (size_t i = 0; i < n; ++i) chain[i % kChains] += rows[r][i] * b[i];
    result[r] = folded(chain);
  }
}

HWY_NOINLINE void add(double* y, double factor, const double* x, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

HWY_NOINLINE double mixed_dot(const double* a, const float* b, size_t n) {
  double chain[kChains] = {};
  for (size_t i = 0; i < n; ++i) chain[i % kChains] += a[i] * static_cast<double>(b[i]);
  return folded(chain);
}

HWY_NOINLINE void mixed_add(double* y, double factor, const float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] += factor * static_cast<double>(x[i]);
}

#else

using Tag = hn::CappedTag<double, kChains>;

/// Chain c of row r is lane c % lanes of sum[r][c / lanes].
template <size_t kRows>
HWY_INLINE void dots_of(const double* const* rows, const double* b, size_t n, double* result) {
  const Tag d;
  constexpr size_t kLanes = hn::MaxLanes(Tag()), kVectors = kChains / kLanes;
  hn::Vec<Tag> sum[kRows][kVectors];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  const size_t whole = n / kChains * kChains;
  for (size_t i = 0; i < whole; i += kChains) {
    for (size_t v = 0; v < kVectors; ++v) {
      const auto right = hn::LoadU(d, b + i + v * kLanes);
      for (size_t r = 0; r < kRows; ++r) {
        sum[r][v] = hn::Add(sum[r][v], hn::Mul(hn::LoadU(d, rows[r] + i + v * kLanes), right));
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    double chain[kChains];
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[r][v], d, chain + v * kLanes);
    for (size_t i = whole; i < n; ++i) chain[i - whole] += rows[r][i] * b[i];
    result[r] = folded(chain);
  }
}

HWY_NOINLINE void add(double* y, double factor, const double* x, size_t n) {
  const Tag d;
  constexpr size_t kLanes = hn::MaxLanes(Tag());
  const auto times = hn::Set(d, factor);
  const size_t whole = n / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::Mul(times, hn::LoadU(d, x + i))), d, y + i);
  }
  for (size_t i = whole; i < n; ++i) y[i] += factor * x[i];
}

HWY_INLINE hn::Vec<Tag> widened(const float* x) {
  return hn::PromoteTo(Tag(), hn::LoadU(hn::Rebind<float, Tag>(), x));
}

HWY_NOINLINE double mixed_dot(const double* a, const float* b, size_t n) {
  const Tag d;
  constexpr size_t kLanes = hn::MaxLanes(Tag()), kVectors = kChains / kLanes;
  hn::Vec<Tag> sum[kVectors];
  for (size_t v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
  const size_t whole = n / kChains * kChains;
  for (size_t i = 0; i < whole; i += kChains) {
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = i + v * kLanes;
      sum[v] = hn::Add(sum[v], hn::Mul(hn::LoadU(d, a + at), widened(b + at)));
    }
  }
  double chain[kChains];
  for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[v], d, chain + v * kLanes);
  for (size_t i = whole; i < n; ++i) chain[i - whole] += a[i] * static_cast<double>(b[i]);
  return folded(chain);
}

HWY_NOINLINE void mixed_add(double* y, double factor, const float* x, size_t n) {
  const Tag d;
  constexpr size_t kLanes = hn::MaxLanes(Tag());
  const auto times = hn::Set(d, factor);
  const size_t whole = n / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::Mul(times, widened(x + i))), d, y + i);
  }
  for (size_t i = whole; i < n; ++i) y[i] += factor * static_cast<double>(x[i]);
}

#endif

/// Four rows where their chains fit the registers of any machine with vectors of four doubles.
HWY_NOINLINE void many(const double* const* rows, size_t count, const double* b, size_t n,
                       double* result) {
#if HWY_MAX_BYTES >= 32
  for (; count >= 4; count -= 4, rows += 4, result += 4) dots_of<4>(rows, b, n, result);
#endif
  for (; count >= 2; count -= 2, rows += 2, result += 2) dots_of<2>(rows, b, n, result);
  if (count == 1) dots_of<1>(rows, b, n, result);
}

}  // namespace xquant::quantize::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::quantize {

HWY_EXPORT(many);
HWY_EXPORT(add);
HWY_EXPORT(mixed_dot);
HWY_EXPORT(mixed_add);

double dot(const double* a, const double* b, std::size_t n) {
  double result;
  HWY_DYNAMIC_DISPATCH(many)(&a, 1, b, n, &result);
  return result;
}

void dots(std::span<const double* const> rows, const double* b, std::size_t n, double* result) {
  HWY_DYNAMIC_DISPATCH(many)(rows.data(), rows.size(), b, n, result);
}

void add_scaled(double* y, double factor, const double* x, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(add)(y, factor, x, n);
}

double dot(const double* a, const float* b, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(mixed_dot)(a, b, n);
}

void add_scaled(double* y, double factor, const float* x, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(mixed_add)(y, factor, x, n);
}

}  // namespace xquant::quantize
#endif
