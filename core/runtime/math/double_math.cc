// Elementary functions of double arrays: computed with about 100 bits and rounded once. Models hold
// doubles rarely, so that exactness and brevity count here, not speed.

#include <limits>

#include "runtime/math/double_double.h"
#include "runtime/math/math.h"

namespace xquant::runtime::math {
namespace {

double exp_one(double x) {
  if (x != x) return x;
  if (x > 710.0) return kInfinity;
  if (x < -746.0) return 0.0;
  return exp_of(x).rounded();
}

double expm1_one(double x) {
  if (x == 0.0 || x != x) return x;
  if (x > 60.0) return exp_one(x);
  if (x < -60.0) return -1.0;
  if (std::fabs(x) < 0x1p-60) return x;
  return expm1_of(x).rounded();
}

/// log(x) for finite x > 0.
DoubleDouble log_positive(double x) {
  if (x >= std::numeric_limits<double>::min()) return log_of(x);
  return log_of(x * 0x1p54) - DoubleDouble(54.0) * kLn2;
}

double log_one(double x) {
  if (x != x || x == kInfinity) return x;
  if (x < 0.0) return kNan;
  return x == 0.0 ? -kInfinity : log_positive(x).rounded();
}

/// e / (e + 2) with e = exp(2 |x|) - 1.
double tanh_one(double x) {
  if (x == 0.0 || x != x) return x;
  const double a = std::fabs(x);
  if (a < 0x1p-30) return x;  // the next term of the series is x^3 / 3
  if (a > 20.0) return std::copysign(1.0, x);
  const DoubleDouble e = expm1_of(a + a);
  return std::copysign((e / (e + DoubleDouble(2.0))).rounded(), x);
}

double sigmoid_one(double x) {
  if (x != x) return x;
  if (x < -600.0) return exp_one(x);
  if (x > 50.0) return 1.0;
  const DoubleDouble e = expm1_of(-x) + DoubleDouble(1.0);
  return (DoubleDouble(1.0) / (DoubleDouble(1.0) + e)).rounded();
}

double softplus_one(double x) {
  if (x != x || x > 50.0) return x;
  if (x < -600.0) return exp_one(x);
  const Scaled e = exp_of(x);
  return log1p_of({scaled(e.mantissa.high, e.exponent), scaled(e.mantissa.low, e.exponent)})
      .rounded();
}

/// erf(x) = 2 / sqrt(pi) exp(-x^2) sum of 2^k x^(2k+1) / (1 * 3 * ... * (2k+1)) (Abramowitz &
/// Stegun 7.1.6): no term is negative.
double erf_one(double x) {
  if (x == 0.0 || x != x) return x;
  const double a = std::fabs(x);
  if (a > 6.0) return std::copysign(1.0, x);
  if (a < 0x1p-500) return x * kTwoOverRootPi.high;
  const DoubleDouble square = exact_product(a, a);
  DoubleDouble term = a, sum = a;
  for (int k = 1; term.high > sum.high * 1e-33; ++k) {
    term = term * (square + square) / DoubleDouble(2.0 * k + 1.0);
    sum = sum + term;
  }
  const Scaled e = exp_of(-square);
  const DoubleDouble value = kTwoOverRootPi * sum * e.mantissa;
  return std::copysign(scaled(value.rounded(), e.exponent), x);
}

/// |x| to the power of y, |x| not 1 and neither NaN.
double power_of_magnitude(double magnitude, double y) {
  const bool grows = (magnitude > 1.0) == (y > 0.0);
  if (magnitude == 0.0 || magnitude == kInfinity || y - y != 0.0) return grows ? kInfinity : 0.0;
  const DoubleDouble logarithm = log_positive(magnitude);
  const double estimate = logarithm.high * y;
  if (estimate > 710.0) return kInfinity;
  if (estimate < -746.0) return 0.0;
  return exp_of(logarithm * DoubleDouble(y)).rounded();
}

/// IEEE 754-2019 section 9.2.1, function pow.
double pow_one(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y) return kNan;
  const bool integral = std::floor(y) == y;
  const bool odd = integral && std::floor(y * 0.5) != y * 0.5;
  if (x < 0.0 && x != -kInfinity && !integral && y - y == 0.0) return kNan;
  const double magnitude = std::fabs(x);
  const double result = magnitude == 1.0 ? 1.0 : power_of_magnitude(magnitude, y);
  return std::signbit(x) && odd ? -result : result;
}

}  // namespace

#define XQ_MAP(name)                                             \
  void name(const double* x, double* y, std::size_t n) {         \
    for (std::size_t i = 0; i < n; ++i) y[i] = name##_one(x[i]); \
  }
XQ_MAP(exp)
XQ_MAP(expm1)
XQ_MAP(log)
XQ_MAP(tanh)
XQ_MAP(sigmoid)
XQ_MAP(softplus)
XQ_MAP(erf)
#undef XQ_MAP

void pow(const double* x, const double* y, double* z, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) z[i] = pow_one(x[i], y[i]);
}

}  // namespace xquant::runtime::math
