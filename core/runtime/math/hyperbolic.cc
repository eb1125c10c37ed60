// sinh, cosh and the inverse hyperbolic functions, in pairs of doubles; floats too, as models
// hardly hold them.

#include <limits>

#include "runtime/math/double_double.h"
#include "runtime/math/trigonometric.h"

namespace xquant::runtime::math {
namespace {

/// exp(x) / 2 for x >= 40, where the other half does not matter.
double half_exp(double x) {
  if (x > 712) return kInfinity;
  Scaled e = exp_of(x);
  --e.exponent;
  return e.rounded();
}

/// log(2 x) for large x.
double log_of_double(double x) { return (log_of(x) + kLn2).rounded(); }

double sinh_one(double x) {
  const double a = std::fabs(x);
  if (x != x || a < 0x1p-30) return x;
  if (a >= 40) return std::copysign(half_exp(a), x);
  const DoubleDouble e = expm1_of(a);  // (e + e / (e + 1)) / 2
  const DoubleDouble twice = e + e / (e + DoubleDouble(1.0));
  return std::copysign(0.5 * twice.rounded(), x);
}
double cosh_one(double x) {
  const double a = std::fabs(x);
  if (x != x) return x;
  if (a >= 40) return half_exp(a);
  const DoubleDouble e = expm1_of(a) + DoubleDouble(1.0);
  return 0.5 * (e + DoubleDouble(1.0) / e).rounded();
}
/// log(1 + a + a^2 / (1 + sqrt(1 + a^2))).
double asinh_one(double x) {
  const double a = std::fabs(x);
  if (x - x != 0 || a < 0x1p-30) return x;
  if (a > 0x1p60) return std::copysign(log_of_double(a), x);
  const DoubleDouble square = exact_product(a, a), one = 1.0;
  return std::copysign(log1p_of(DoubleDouble(a) + square / (one + root(one + square))).rounded(),
                       x);
}
/// log(1 + t + sqrt(t (t + 2))), t = x - 1.
double acosh_one(double x) {
  if (!(x >= 1)) return kNan;
  if (x == kInfinity) return x;
  if (x > 0x1p60) return log_of_double(x);
  const DoubleDouble t = exact_sum(x, -1.0);
  return log1p_of(t + root(t * (t + DoubleDouble(2.0)))).rounded();
}
/// log(1 + 2 a / (1 - a)) / 2.
double atanh_one(double x) {
  const double a = std::fabs(x);
  if (!(a <= 1)) return kNan;
  if (a < 0x1p-30) return x;
  if (a == 1) return std::copysign(kInfinity, x);
  return std::copysign(0.5 * log1p_of(DoubleDouble(2 * a) / exact_sum(1.0, -a)).rounded(), x);
}

}  // namespace

#define XQ_MAP(name)                                                    \
  void name(const double* x, double* y, std::size_t n) {                \
    for (std::size_t i = 0; i < n; ++i) y[i] = name##_one(x[i]);        \
  }                                                                     \
  void name(const float* x, float* y, std::size_t n) {                  \
    for (std::size_t i = 0; i < n; ++i) {                               \
      y[i] = static_cast<float>(name##_one(static_cast<double>(x[i]))); \
    }                                                                   \
  }
XQ_MAP(sinh)
XQ_MAP(cosh)
XQ_MAP(asinh)
XQ_MAP(acosh)
XQ_MAP(atanh)
#undef XQ_MAP

}  // namespace xquant::runtime::math
