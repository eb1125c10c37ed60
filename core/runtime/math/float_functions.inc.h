// Elementary functions of vectors of float in their own arithmetic: twice as many elements at a
// time as in double, within 1 and 2 units in the last place instead of a half. The operations and
// their order are those of int8/real/functions.h, whose bits they have. Included once for each
// Highway target, hence no ordinary include guard.
#if defined(XQUANT_RUNTIME_MATH_FLOAT_FUNCTIONS) == defined(HWY_TARGET_TOGGLE)
#ifdef XQUANT_RUNTIME_MATH_FLOAT_FUNCTIONS
#undef XQUANT_RUNTIME_MATH_FLOAT_FUNCTIONS
#else
#define XQUANT_RUNTIME_MATH_FLOAT_FUNCTIONS
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "runtime/bounded.inc.h"
#include "runtime/math/constants.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::math::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2; exp(r) = 1 + (r + (r^2 p(r) + what r lacks)), where
/// p interpolates (exp(r) - 1 - r) / r^2 at Chebyshev's nodes. Within 0.87 ulp. Two powers of two,
/// for results may be denormal. A NaN goes through all of it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_float(D d, V x) {
  static constexpr float kPolynomial[] = {1.989103039e-04F, 1.393368584e-03F, 8.333310485e-03F,
                                          4.166646302e-02F, 1.666666716e-01F, 0.5F};
  // Where the result is 0 and infinite, 1 / ln(2), 1.5 * 2^23, ln(2) in two parts, 1.
  static constexpr float kConstants[] = {-104.0F,      89.0F,           1.44269504F, 12582912.0F,
                                         0.693359375F, -2.12194440e-4F, 1.0F};
  const float* c = read_when_needed(kConstants);
  const float* p = read_when_needed(kPolynomial);
  const hn::RebindToSigned<D> di;
  const V within = runtime::HWY_NAMESPACE::bounded(x, hn::Set(d, c[0]), hn::Set(d, c[1]));
  // Adding 1.5 * 2^23 rounds to an integer, half to even, and leaves it in the low bits.
  const V magic = hn::Set(d, c[3]);
  const V shifted = hn::Add(hn::Mul(within, hn::Set(d, c[2])), magic);
  const V n = hn::Sub(shifted, magic);
  // n times the first part of ln(2) is exact, and so is what is left of x.
  const V high = hn::Sub(within, hn::Mul(n, hn::Set(d, c[4])));
  const V low = hn::Mul(n, hn::Set(d, c[5]));
  const V r = hn::Sub(high, low);
  const V lacking = hn::Sub(hn::Sub(high, r), low);
  V sum = hn::Set(d, p[0]);
  for (int i = 1; i < 6; ++i) sum = hn::Add(hn::Mul(sum, r), hn::Set(d, p[i]));
  const V beyond = hn::Add(hn::Mul(hn::Mul(r, r), sum), lacking);
  const V e = hn::Add(hn::Set(d, c[6]), hn::Add(r, beyond));
  const auto exponent = hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, magic));
  const auto half = hn::ShiftRight<1>(exponent);
  const auto bias = hn::Set(di, 127);
  const auto power = [&](auto of)
                         HWY_ATTR { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(of, bias))); };
  return hn::Mul(hn::Mul(e, power(half)), power(hn::Sub(exponent, half)));
}

/// 1 / (1 + exp(-x)), and exp(x) / (1 + exp(x)) below 0, of which no part overflows. What the sum
/// lost when it was rounded is taken off the quotient, to a few hundredths: within 1.96 ulp.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid_float(D d, V x) {
  // 1 / d for d in [1, 2] is about 1.457 - 0.4857 d.
  static constexpr float kConstants[] = {1.0F, 1.457F, 0.4857F};
  const float* c = read_when_needed(kConstants);
  const V one = hn::Set(d, c[0]);
  const V e = exp_float(d, hn::Neg(hn::Abs(x)));
  const V sum = hn::Add(one, e);
  const V lost = hn::Add(hn::Sub(one, sum), e);
  const V quotient = hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), sum);
  const V inverse = hn::Sub(hn::Set(d, c[1]), hn::Mul(hn::Set(d, c[2]), sum));
  return hn::Sub(quotient, hn::Mul(quotient, hn::Mul(lost, inverse)));
}

}  // namespace xquant::runtime::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
