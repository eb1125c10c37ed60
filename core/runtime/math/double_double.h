#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace xquant::runtime::math {

/// A number as the unevaluated sum of two doubles, |low| <= ulp(high) / 2: about 106 bits. The sums
/// and products are those of Dekker (1971) and Knuth (TAOCP 2, 4.2.2), without fused operations, so
/// that every platform gets the same bits. Magnitudes have to stay below 2^990.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  constexpr DoubleDouble() = default;
  constexpr DoubleDouble(double value) : high(value) {}
  constexpr DoubleDouble(double h, double l) : high(h), low(l) {}
  double rounded() const { return high + low; }
};

inline constexpr DoubleDouble kLn2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
inline constexpr DoubleDouble kHalfPi{0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
inline constexpr DoubleDouble kTwoOverRootPi{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56};

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// For |a| >= |b|.
inline DoubleDouble quick_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}
inline DoubleDouble exact_sum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
inline DoubleDouble exact_product(double a, double b) {
  constexpr double kSplit = 134217729.0;  // 2^27 + 1
  const double p = a * b;
  const double ta = kSplit * a, tb = kSplit * b;
  const double a_high = ta - (ta - a), b_high = tb - (tb - b);
  const double a_low = a - a_high, b_low = b - b_high;
  return {p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  DoubleDouble s = exact_sum(a.high, b.high);
  const DoubleDouble t = exact_sum(a.low, b.low);
  s = quick_sum(s.high, s.low + t.high);
  return quick_sum(s.high, s.low + t.low);
}
inline DoubleDouble operator-(const DoubleDouble& a) { return {-a.high, -a.low}; }
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + -b; }
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble p = exact_product(a.high, b.high);
  return quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
  const double first = a.high / b.high;
  const DoubleDouble rest = a - b * DoubleDouble(first);
  const double second = rest.high / b.high;
  const DoubleDouble last = rest - b * DoubleDouble(second);
  return quick_sum(first, second) + DoubleDouble(last.high / b.high);
}

/// The square root of x >= 0.
inline DoubleDouble root(const DoubleDouble& x) {
  if (x.high == 0) return 0.0;
  const DoubleDouble first = std::sqrt(x.high);
  return first + (x - first * first) / (first + first);
}

/// 2^n for n in [-1022, 1023].
inline double power_of_two(int n) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}
/// value * 2^n in two exact steps, so that only the last can overflow or round.
inline double scaled(double value, int n) {
  const int half = n / 2;
  return value * power_of_two(half) * power_of_two(n - half);
}

/// exp(x) - 1 for |x| <= 0.36: Taylor's series of x / 256, then exp(2x) - 1 = e (e + 2).
inline DoubleDouble expm1_small(const DoubleDouble& x) {
  const DoubleDouble r{x.high * 0x1p-8, x.low * 0x1p-8};
  DoubleDouble series = 1.0;
  for (int k = 11; k >= 2; --k) series = DoubleDouble(1.0) + r * series / DoubleDouble(k);
  DoubleDouble e = r * series;
  for (int i = 0; i < 8; ++i) e = e * (e + DoubleDouble(2.0));
  return e;
}

/// mantissa * 2^exponent.
struct Scaled {
  DoubleDouble mantissa;
  int exponent = 0;
  double rounded() const { return scaled(mantissa.rounded(), exponent); }
};

/// exp(x) for |x| <= 1000.
inline Scaled exp_of(const DoubleDouble& x) {
  const double n = std::nearbyint(x.high * 1.4426950408889634);
  const DoubleDouble r = x - DoubleDouble(n) * kLn2;
  return {DoubleDouble(1.0) + expm1_small(r), static_cast<int>(n)};
}

/// exp(x) - 1 for |x| <= 700.
inline DoubleDouble expm1_of(const DoubleDouble& x) {
  if (std::fabs(x.high) <= 0.35) return expm1_small(x);
  const Scaled e = exp_of(x);
  return DoubleDouble{scaled(e.mantissa.high, e.exponent), scaled(e.mantissa.low, e.exponent)} -
         DoubleDouble(1.0);
}

/// 2 artanh(s) for |s| <= 0.18, by its series.
inline DoubleDouble twice_artanh(const DoubleDouble& s) {
  const DoubleDouble square = s * s;
  DoubleDouble series = DoubleDouble(1.0) / DoubleDouble(49.0);
  for (int k = 23; k >= 0; --k)
    series = DoubleDouble(1.0) / DoubleDouble(2.0 * k + 1.0) + square * series;
  return (s + s) * series;
}

/// log(x) for a positive normal x: x = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// log(m) = 2 artanh((m - 1) / (m + 1)).
inline DoubleDouble log_of(const DoubleDouble& x) {
  const auto bits = std::bit_cast<std::uint64_t>(x.high);
  const auto e =
      static_cast<int>((bits - 0x3FE6A09E667F3BCDu + (std::uint64_t{1024} << 52)) >> 52) - 1024;
  const DoubleDouble m{scaled(x.high, -e), scaled(x.low, -e)};
  const DoubleDouble one = 1.0;
  return DoubleDouble(static_cast<double>(e)) * kLn2 + twice_artanh((m - one) / (m + one));
}

/// log(1 + x) for x >= 0.
inline DoubleDouble log1p_of(const DoubleDouble& x) {
  if (x.high < 0.4) return twice_artanh(x / (x + DoubleDouble(2.0)));
  return log_of(x + DoubleDouble(1.0));
}

}  // namespace xquant::runtime::math
