// Elementary functions of vectors of double, good to about 1e-11: what math.cc rounds to float.
// Included once for each Highway target, hence no ordinary include guard.
#if defined(XQUANT_RUNTIME_MATH_DOUBLE_FUNCTIONS) == defined(HWY_TARGET_TOGGLE)
#ifdef XQUANT_RUNTIME_MATH_DOUBLE_FUNCTIONS
#undef XQUANT_RUNTIME_MATH_DOUBLE_FUNCTIONS
#else
#define XQUANT_RUNTIME_MATH_DOUBLE_FUNCTIONS
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "runtime/bounded.inc.h"
#include "runtime/math/constants.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::math::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// a * b + c in two roundings, on every target.
template <class V>
HWY_INLINE V mul_add(V a, V b, V c) {
  return hn::Add(hn::Mul(a, b), c);
}

/// A polynomial, highest coefficient first, by Estrin's scheme: four coefficients at a time, and
/// Horner's in x^4 across them, so that few steps wait for each other.
template <class D, class V = hn::Vec<D>, std::size_t kCount>
HWY_INLINE V polynomial(D d, V x, const double (&coefficients)[kCount]) {
  const double* table = read_when_needed(coefficients);
  const auto coefficient = [&](std::size_t power)
                               HWY_ATTR { return hn::Set(d, table[kCount - 1 - power]); };
  const V square = hn::Mul(x, x);
  // c[i] + c[i + 1] x + c[i + 2] x^2 + c[i + 3] x^3, as far as there are so many.
  const auto four = [&](std::size_t i) HWY_ATTR {
    V low = coefficient(i);
    if (i + 1 < kCount) low = mul_add(coefficient(i + 1), x, low);
    if (i + 2 >= kCount) return low;
    V high = coefficient(i + 2);
    if (i + 3 < kCount) high = mul_add(coefficient(i + 3), x, high);
    return mul_add(high, square, low);
  };
  constexpr std::size_t kLast = (kCount - 1) / 4 * 4;
  V sum = four(kLast);
  if constexpr (kLast > 0) {
    const V fourth = hn::Mul(square, square);
    for (std::size_t i = kLast; i > 0; i -= 4) sum = mul_add(sum, fourth, four(i - 4));
  }
  return sum;
}

/// exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2 and the polynomial that comes closest to exp(r)
/// there among those that are 1 at 0, with a relative error below 9e-13. Saturates outside [-708,
/// 709]. A NaN goes through all of it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_double(D d, V x) {
  static constexpr double kPolynomial[] = {
      2.4732973092720595e-05, 0.00019914680729500467, 0.0013889155052641202,
      0.008333268754767037,   0.041666664536114256,   0.16666666873334973,
      0.5000000000458387,     0.9999999999830593,     1.0};
  // The range, 1 / ln(2), 1.5 * 2^52, ln(2), 1.
  static constexpr double kConstants[] = {
      -708.0, 709.0, 1.4426950408889634, 6755399441055744.0, 0.6931471805599453, 1.0};
  const double* c = read_when_needed(kConstants);
  const hn::RebindToUnsigned<D> du;
  const V within = runtime::HWY_NAMESPACE::bounded(x, hn::Set(d, c[0]), hn::Set(d, c[1]));
  // Adding 1.5 * 2^52 rounds to an integer, half to even, and leaves it in the low bits.
  const V magic = hn::Set(d, c[3]);
  const V shifted = hn::Add(hn::Mul(within, hn::Set(d, c[2])), magic);
  const V n = hn::Sub(shifted, magic);
  const V r = hn::Sub(within, hn::Mul(n, hn::Set(d, c[4])));  // off by 1e-13 at most
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(du, shifted));
  const auto one = hn::BitCast(du, hn::Set(d, c[5]));
  const V scale = hn::BitCast(d, hn::Add(exponent, one));
  return hn::Mul(polynomial(d, r, kPolynomial), scale);
}

/// exp(x) - 1 without cancellation near zero.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1_double(D d, V x) {
  static constexpr double kSeries[] = {1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0};
  const V near_zero = hn::Mul(x, polynomial(d, x, kSeries));
  const V far = hn::Sub(exp_double(d, x), hn::Set(d, 1.0));
  return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0x1p-6)), near_zero, far);
}

/// Logarithm of a positive normal number: x = 2^e * m, m in [sqrt(1/2), sqrt(2)), and
/// log(m) = 2 artanh(s), s = (m - 1) / (m + 1).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_positive(D d, V x) {
  // 1 / (2k + 1), k = 8 ... 0; the rest is below 1e-14.
  static constexpr double kSeries[] = {1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9,
                                       1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, x);
  const auto half_root = hn::Set(du, std::uint64_t{0x3FE6A09E667F3BCD});
  // Biased by 1024, so that the shift may be one without sign.
  const auto biased = hn::Add(hn::Sub(bits, half_root), hn::Set(du, std::uint64_t{1024} << 52));
  const auto exponent = hn::ShiftRight<52>(biased);
  const V magic = hn::Set(d, 4503599627370496.0);  // 2^52: the exponent goes into its low bits
  const V e = hn::Sub(hn::BitCast(d, hn::Or(exponent, hn::BitCast(du, magic))),
                      hn::Set(d, 4503599627370496.0 + 1024.0));
  const auto unbiased =
      hn::Sub(hn::ShiftLeft<52>(exponent), hn::Set(du, std::uint64_t{1024} << 52));
  const V m = hn::BitCast(d, hn::Sub(bits, unbiased));
  const V one = hn::Set(d, 1.0);
  const V s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  const V log_m = hn::Mul(hn::Add(s, s), polynomial(d, hn::Mul(s, s), kSeries));
  return mul_add(e, hn::Set(d, 0.6931471805599453), log_m);
}

/// Logarithm of any float that was promoted to double.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_double(D d, V x) {
  const V infinity = hn::Inf(d);
  V result = log_positive(d, x);
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  result = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), result);
  return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), result, hn::NaN(d));
}

/// log(1 + exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|): e times the rational function that comes
/// closest to log1p(e) / e on [0, 1], with a relative error below 1.8e-12.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V softplus_double(D d, V x) {
  static constexpr double kNumerator[] = {0.0006316414696171866, 0.07970858934374991,
                                          0.6713333087861912, 1.530532229116761,
                                          0.9999999999982679};
  static constexpr double kDenominator[] = {0.021926303017409377, 0.3294973492486977,
                                            1.3532661047094807, 2.0305322287178935, 1.0};
  const V e = exp_double(d, hn::Neg(hn::Abs(x)));
  const V beyond =
      hn::Div(hn::Mul(e, polynomial(d, e, kNumerator)), polynomial(d, e, kDenominator));
  return hn::Add(hn::Max(hn::Zero(d), x), beyond);  // a NaN is in both
}

/// x p(x^2) / q(x^2) for x in [-limit, limit], and the value at its nearer end beyond.
template <class D, class V = hn::Vec<D>, std::size_t kP, std::size_t kQ>
HWY_INLINE V odd_rational(D d, V x, double limit, const double (&p)[kP], const double (&q)[kQ]) {
  const V high = hn::Set(d, limit);
  const V within = runtime::HWY_NAMESPACE::bounded(x, hn::Neg(high), high);
  const V square = hn::Mul(within, within);
  return hn::Div(hn::Mul(within, polynomial(d, square, p)), polynomial(d, square, q));
}

/// tanh(x): x times the rational function of x^2 that comes closest to tanh(x) / x on [0, 9.02],
/// with a relative error below 1.6e-12; beyond it tanh rounds to 1 as it does there. A NaN goes
/// through all of it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh_double(D d, V x) {
  static constexpr double kNumerator[] = {
      -2.026540212182856e-14, 9.043645170224071e-11, 1.6237971617331695e-07, 4.951874267726854e-05,
      0.004685031589208536,   0.14289225337981667,   0.9999999999984186};
  static constexpr double kDenominator[] = {5.262309243720766e-09, 3.334076706800316e-06,
                                            0.0005522146265411673, 0.030093560525956888,
                                            0.4762255866939029,    1.0};
  return odd_rational(d, x, 9.02, kNumerator, kDenominator);
}

/// erf(x): x times the rational function of x^2 that comes closest to erf(x) / x on [0, 4], with a
/// relative error below 9e-12; beyond 4 erf rounds to 1 as it does there. A NaN goes through all
/// of it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf_double(D d, V x) {
  static constexpr double kNumerator[] = {
      3.004698034974073e-09, 7.52793429009897e-07, 2.1788249003265163e-05, 0.0005130522330080274,
      0.00496231946880029,   0.05811893289680234,  0.20034704642673665,    1.1283791670861325};
  static constexpr double kDenominator[] = {
      7.329825318083906e-08, 4.519257898173566e-06, 0.00011151891374986139, 0.0017152630631035606,
      0.017719288765597405,  0.12180199358635098,   0.5108862798762432,     1.0};
  return odd_rational(d, x, 4.0, kNumerator, kDenominator);
}

/// IEEE 754-2019 section 9.2.1, function pow.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V pow_double(D d, V x, V y) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0), half = hn::Set(d, 0.5);
  const V magnitude = hn::Abs(x);
  V result = exp_double(d, hn::Mul(y, log_double(d, magnitude)));
  result = hn::IfThenElse(hn::Eq(magnitude, one), hn::IfThenElse(hn::Eq(y, y), one, y), result);
  const V half_y = hn::Mul(y, half);
  const auto integral = hn::Eq(hn::Floor(y), y);
  const auto odd = hn::And(integral, hn::Not(hn::Eq(hn::Floor(half_y), half_y)));
  const auto negative = hn::Lt(hn::CopySign(one, x), zero);
  result = hn::IfThenElse(hn::And(negative, odd), hn::Neg(result), result);
  const auto finite_below_zero = hn::And(hn::Lt(x, zero), hn::Gt(x, hn::Neg(hn::Inf(d))));
  result = hn::IfThenElse(hn::And(finite_below_zero, hn::Not(integral)), hn::NaN(d), result);
  result = hn::IfThenElse(hn::Eq(x, one), one, result);
  return hn::IfThenElse(hn::Eq(y, zero), one, result);
}

}  // namespace xquant::runtime::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
