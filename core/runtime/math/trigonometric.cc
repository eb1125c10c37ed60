// sin, cos and tan, their inverses, and unit roots. Floats go through plain doubles, doubles
// through pairs of doubles.

#include "runtime/math/trigonometric.h"

#include <algorithm>
#include <limits>

#include "runtime/math/double_double.h"
#include "runtime/math/quarter_turns.h"

namespace xquant::runtime::math {
namespace {

bool is_finite(double x) { return x - x == 0; }

// ---- in double, for floats: Taylor's series on [-pi/4, pi/4], relative error below 2^-50

double sin_small(double x) {
  const double s = x * x;
  // (-1)^k / (2k + 1)!, k = 7 ... 1.
  constexpr double kSeries[] = {
      -1.0 / 1307674368000, 1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880,
      -1.0 / 5040,          1.0 / 120,        -1.0 / 6};
  double series = 0;
  for (const double c : kSeries) series = series * s + c;
  return x + x * s * series;
}

double cos_small(double x) {
  const double s = x * x;
  // (-1)^k / (2k)!, k = 8 ... 1.
  constexpr double kSeries[] = {
      1.0 / 20922789888000, -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800,
      1.0 / 40320,          -1.0 / 720,         1.0 / 24,        -1.0 / 2};
  double series = 0;
  for (const double c : kSeries) series = series * s + c;
  return 1.0 + s * series;
}

struct Reduced {
  std::uint64_t quarter;  ///< its last two bits count
  double rest;
};

/// Of a float up to 2^20, by pi / 2 in three parts (Cody & Waite 1980), n times the first two
/// exact.
Reduced reduce_small(double x) {
  // Adding 1.5 * 2^52 rounds to an integer, half to even, and leaves it in the low bits.
  constexpr double kMagic = 6755399441055744.0;
  const double shifted = x * 0.63661977236758134 + kMagic, n = shifted - kMagic;
  const double rest =
      ((x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a6p-34) - n * 0x1.3198a2e037073p-69;
  return {std::bit_cast<std::uint64_t>(shifted), rest};
}

Reduced reduce(double x) {
  if (std::fabs(x) <= 0x1p20) return reduce_small(x);
  const QuarterTurns turns = quarter_turns(x);
  return {static_cast<std::uint64_t>(turns.count), turns.rest.high};
}

/// sin(quarter * pi / 2 + rest).
double sin_of(std::uint64_t quarter, double rest) {
  const double value = (quarter & 1) != 0 ? cos_small(rest) : sin_small(rest);
  return (quarter & 2) != 0 ? -value : value;
}

constexpr float kMostReducible = 0x1p20f;

/// The same as sin_one and cos_one (shift 0 and 1) for n floats up to kMostReducible, without
/// branches, so that the compiler can use vectors.
void sin_chunk(const float* x, float* y, std::size_t n, std::uint64_t shift) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto angle = static_cast<double>(x[i]);
    const Reduced r = reduce_small(angle);
    const std::uint64_t quarter = r.quarter + shift;
    const double sine = sin_small(r.rest), cosine = cos_small(r.rest);
    const double value = (quarter & 1) != 0 ? cosine : sine;
    const std::uint64_t sign = (quarter & 2) << 62;
    const double result = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ sign);
    y[i] = static_cast<float>(shift == 0 && angle == 0 ? angle : result);
  }
}

/// In chunks; those with larger angles go one by one.
template <typename One>
void sin_all(const float* x, float* y, std::size_t n, std::uint64_t shift, One one) {
  constexpr std::size_t kChunk = 256;
  for (std::size_t first = 0; first < n; first += kChunk) {
    const std::size_t count = std::min(kChunk, n - first);
    bool small = true;
    for (std::size_t i = first; i < first + count; ++i) {
      small = small && std::fabs(x[i]) <= kMostReducible;
    }
    if (small) {
      sin_chunk(x + first, y + first, count, shift);
    } else {
      for (std::size_t i = first; i < first + count; ++i) y[i] = one(x[i]);
    }
  }
}

/// atan(x) = k pi / 16 + atan((x - t) / (1 + t x)) with t = tan(k pi / 16), and its series.
double atan_double(double x) {
  constexpr double kTangents[] = {0.0, 0.19891236737965800, 0.41421356237309505,
                                  0.66817863791929891, 1.0};
  const double a = std::fabs(x);
  if (a > 1) return std::copysign(kHalfPi.high - atan_double(1 / a), x);
  int k = 0;
  while (k < 4 && a > (kTangents[k] + kTangents[k + 1]) / 2) ++k;
  const double t = (a - kTangents[k]) / (1 + kTangents[k] * a), s = t * t;
  double series = 0;
  for (int i = 9; i >= 1; --i) {
    series = (series + (i % 2 == 0 ? 1.0 : -1.0) / (2 * i + 1)) * s;
  }
  const double value = k * (kHalfPi.high / 8) + (t + t * series);
  return std::copysign(value, x);
}

float sin_one(float x) {
  if (!is_finite(x)) return x - x;
  const Reduced r = reduce(static_cast<double>(x));
  return x == 0 ? x : static_cast<float>(sin_of(r.quarter, r.rest));
}
float cos_one(float x) {
  if (!is_finite(x)) return x - x;
  const Reduced r = reduce(static_cast<double>(x));
  return static_cast<float>(sin_of(r.quarter + 1, r.rest));
}
float tan_one(float x) {
  if (!is_finite(x) || x == 0) return x == 0 ? x : x - x;
  const Reduced r = reduce(static_cast<double>(x));
  return static_cast<float>(sin_of(r.quarter, r.rest) / sin_of(r.quarter + 1, r.rest));
}
float atan_one(float x) {
  return x == 0 ? x : static_cast<float>(atan_double(static_cast<double>(x)));
}
float asin_one(float x) {
  if (!(std::fabs(x) <= 1)) return static_cast<float>(kNan);
  const double a = static_cast<double>(x);
  return x == 0 ? x : static_cast<float>(atan_double(a / std::sqrt((1 - a) * (1 + a))));
}
float acos_one(float x) {
  if (!(std::fabs(x) <= 1)) return static_cast<float>(kNan);
  const double a = static_cast<double>(x);
  return static_cast<float>(2 * atan_double(std::sqrt((1 - a) / (1 + a))));
}

// ---- in pairs of doubles, for doubles

/// Taylor's series from the term x^power / power! on, which steps by two powers.
DoubleDouble alternating_series(const DoubleDouble& first, const DoubleDouble& square, int power) {
  DoubleDouble term = first, sum = first;
  for (int k = power; std::fabs(term.high) > std::fabs(sum.high) * 0x1p-112; k += 2) {
    term = -(term * square) / DoubleDouble(static_cast<double>((k + 1) * (k + 2)));
    sum = sum + term;
  }
  return sum;
}

DoubleDouble sin_of(int quarter, const DoubleDouble& rest) {
  const bool cosine = (quarter & 1) != 0;
  const DoubleDouble value =
      cosine ? alternating_series(1.0, rest * rest, 0) : alternating_series(rest, rest * rest, 1);
  return (quarter & 2) != 0 ? -value : value;
}

/// atan(x) for x >= 0, by one step of Newton's method for tan from the double result:
/// atan(x) = a + atan((x cos a - sin a) / (cos a + x sin a)).
DoubleDouble atan_of(const DoubleDouble& x) {
  if (x.high > 1) return kHalfPi - atan_of(DoubleDouble(1.0) / x);
  const double a = atan_double(x.high);
  const DoubleDouble angle = a;
  const DoubleDouble sine = sin_of(0, angle), cosine = sin_of(1, angle);
  const DoubleDouble t = (x * cosine - sine) / (cosine + x * sine);
  return angle + (t - t * t * t / DoubleDouble(3.0));
}

double sin_one(double x) {
  if (!is_finite(x) || std::fabs(x) < 0x1p-30) return is_finite(x) ? x : kNan;
  const QuarterTurns turns = quarter_turns(x);
  return sin_of(turns.count, turns.rest).rounded();
}
double cos_one(double x) {
  if (!is_finite(x)) return kNan;
  const QuarterTurns turns = quarter_turns(x);
  return sin_of(turns.count + 1, turns.rest).rounded();
}
double tan_one(double x) {
  if (!is_finite(x) || std::fabs(x) < 0x1p-30) return is_finite(x) ? x : kNan;
  const QuarterTurns turns = quarter_turns(x);
  return (sin_of(turns.count, turns.rest) / sin_of(turns.count + 1, turns.rest)).rounded();
}
double atan_one(double x) {
  const double a = std::fabs(x);
  if (x != x || a < 0x1p-30) return x;
  if (a > 0x1p60) return std::copysign(kHalfPi.high, x);
  return std::copysign(atan_of(a).rounded(), x);
}
double asin_one(double x) {
  const double a = std::fabs(x);
  if (!(a <= 1)) return kNan;
  if (a < 0x1p-30) return x;
  if (a == 1) return std::copysign(kHalfPi.high, x);
  const DoubleDouble cosine = root(exact_sum(1.0, -a) * exact_sum(1.0, a));
  return std::copysign(atan_of(DoubleDouble(a) / cosine).rounded(), x);
}
double acos_one(double x) {
  if (!(std::fabs(x) <= 1)) return kNan;
  if (x == -1) return 2 * kHalfPi.high;
  const DoubleDouble half = atan_of(root(exact_sum(1.0, -x) / exact_sum(1.0, x)));
  return (half + half).rounded();
}

}  // namespace

#define XQ_MAP(name, T)                                          \
  void name(const T* x, T* y, std::size_t n) {                   \
    for (std::size_t i = 0; i < n; ++i) y[i] = name##_one(x[i]); \
  }
void sin(const float* x, float* y, std::size_t n) {
  sin_all(x, y, n, 0, [](float angle) { return sin_one(angle); });
}
void cos(const float* x, float* y, std::size_t n) {
  sin_all(x, y, n, 1, [](float angle) { return cos_one(angle); });
}
XQ_MAP(tan, float)
XQ_MAP(asin, float)
XQ_MAP(acos, float)
XQ_MAP(atan, float)
XQ_MAP(sin, double)
XQ_MAP(cos, double)
XQ_MAP(tan, double)
XQ_MAP(asin, double)
XQ_MAP(acos, double)
XQ_MAP(atan, double)
#undef XQ_MAP

UnitRoot unit_root(std::int64_t k, std::int64_t n) {
  // In eighths of a turn, exactly: 8 k = eighth * n + rest; odd eighths count back from their end.
  const std::int64_t turns = ((k % n) + n) % n * 8, eighth = turns / n, rest = turns % n;
  const std::int64_t from_axis = eighth % 2 == 0 ? rest : n - rest;
  const double angle = static_cast<double>(from_axis) / static_cast<double>(n) * (kHalfPi.high / 2);
  const double sine = sin_small(angle), cosine = cos_small(angle);
  switch (eighth) {
    case 0:
      return {cosine, sine};
    case 1:
      return {sine, cosine};
    case 2:
      return {-sine, cosine};
    case 3:
      return {-cosine, sine};
    case 4:
      return {-cosine, -sine};
    case 5:
      return {-sine, -cosine};
    case 6:
      return {sine, -cosine};
    default:
      return {cosine, -sine};
  }
}

}  // namespace xquant::runtime::math
