#include <chrono>
#include <cstddef>

#include "bench/float/measure.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/float/peak.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t lanes() { return hn::Lanes(hn::ScalableTag<float>()); }

/// 6 chains of multiplications and 6 of additions, independent of each other: more than two units
/// with a latency of 4 cycles can take. Nothing can be moved out of the loop. factors: one just
/// below 1, one just above 0.
HWY_NOINLINE void chains(size_t steps, const float* factors, float* out) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, factors[0]), y = hn::Set(d, factors[1]);
  auto m0 = x, m1 = y, m2 = hn::Add(x, y), m3 = hn::Add(m2, y), m4 = hn::Add(m3, y),
       m5 = hn::Add(m4, y);
  auto a0 = m0, a1 = m1, a2 = m2, a3 = m3, a4 = m4, a5 = m5;
  for (size_t s = 0; s < steps; ++s) {
    m0 = hn::Mul(m0, x), a0 = hn::Add(a0, y), m1 = hn::Mul(m1, x), a1 = hn::Add(a1, y);
    m2 = hn::Mul(m2, x), a2 = hn::Add(a2, y), m3 = hn::Mul(m3, x), a3 = hn::Add(a3, y);
    m4 = hn::Mul(m4, x), a4 = hn::Add(a4, y), m5 = hn::Mul(m5, x), a5 = hn::Add(a5, y);
  }
  const auto m = hn::Add(hn::Add(hn::Add(m0, m1), hn::Add(m2, m3)), hn::Add(m4, m5));
  const auto a = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)), hn::Add(a4, a5));
  *out = hn::ReduceSum(d, hn::Add(m, a));
}

}  // namespace xquant::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::bench {

HWY_EXPORT(chains);
HWY_EXPORT(lanes);

double peak_operations() { return 12.0 * static_cast<double>(HWY_DYNAMIC_DISPATCH(lanes)()); }

double peak_seconds(std::size_t steps) {
  using Clock = std::chrono::steady_clock;
  static volatile float near_one = 0.9999999f, near_zero = 1e-9f;
  const float factors[] = {near_one, near_zero};
  float out = 0.0f;
  const auto start = Clock::now();
  for (std::size_t done = 0; done < steps; done += 1000) {
    HWY_DYNAMIC_DISPATCH(chains)(1000, factors, &out);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  [[maybe_unused]] volatile float sink = out;
  return seconds;
}

}  // namespace xquant::bench
#endif
