/* Elementary functions without libm and with the same bits on every platform: + - * / and square
 * root only, no contraction. Those of binary64 are good to about 1e-11; rounded to f32 once, the
 * error is below 0.51 ulp. The sigmoid function, which is met most often, is one of binary32.
 * Inline in any case, because every instruction set makes vectors of loops of them (real/map.h). */
#ifndef XQUANT_INT8_REAL_FUNCTIONS_H_
#define XQUANT_INT8_REAL_FUNCTIONS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define XQ_INLINE static inline __attribute__((always_inline))
#else
#define XQ_INLINE static inline
#endif

XQ_INLINE uint64_t xq_bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}

XQ_INLINE double xq_from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}

XQ_INLINE double xq_absolute(double x) { return xq_from_bits(xq_bits_of(x) & 0x7FFFFFFFFFFFFFFFu); }

XQ_INLINE double xq_copy_sign(double magnitude, double sign) {
  return xq_from_bits((xq_bits_of(magnitude) & 0x7FFFFFFFFFFFFFFFu) |
                      (xq_bits_of(sign) & 0x8000000000000000u));
}

/* Horner's scheme, highest coefficient first. */
XQ_INLINE double xq_polynomial(double x, const double* coefficients, size_t count) {
  double sum = coefficients[0];
  for (size_t i = 1; i < count; ++i) sum = sum * x + coefficients[i];
  return sum;
}

#define XQ_POLYNOMIAL(x, array) xq_polynomial((x), (array), sizeof(array) / sizeof((array)[0]))

/* exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2 and the polynomial that comes closest to exp(r) there
 * among those that are 1 at 0, with a relative error below 9e-13. */
XQ_INLINE double xq_exp(double x) {
  static const double kPolynomial[] = {
      2.4732973092720595e-05, 0.00019914680729500467, 0.0013889155052641202,
      0.008333268754767037,   0.041666664536114256,   0.16666666873334973,
      0.5000000000458387,     0.9999999999830593,     1.0};
  if (x != x) return x;
  const double bounded = x < -708.0 ? -708.0 : x > 709.0 ? 709.0 : x;
  /* Adding 1.5 * 2^52 rounds to an integer, half to even, and leaves it in the low bits. */
  const double magic = 6755399441055744.0;
  const double shifted = bounded * 1.4426950408889634 + magic;
  const double n = shifted - magic;
  const double r = bounded - n * 0.6931471805599453; /* off by 1e-13 at most */
  const double scale = xq_from_bits((xq_bits_of(shifted) << 52) + xq_bits_of(1.0));
  return XQ_POLYNOMIAL(r, kPolynomial) * scale;
}

XQ_INLINE uint32_t xq_bits_of_f32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}

XQ_INLINE float xq_power_of_two(int32_t exponent) {
  const uint32_t bits = (uint32_t)(exponent + 127) << 23;
  float x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}

/* exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2; exp(r) = 1 + (r + (r^2 p(r) + what r lacks)), where
 * p interpolates (exp(r) - 1 - r) / r^2 at Chebyshev's nodes. Within 0.87 ulp. Two powers of two,
 * for results may be denormal. A NaN goes through all of it. */
XQ_INLINE float xq_exp_f32(float x) {
  /* 0 below, infinite above */
  const float bounded = x < -104.0f ? -104.0f : x > 89.0f ? 89.0f : x;
  const float magic = 12582912.0f; /* 1.5 * 2^23, as above */
  const float shifted = bounded * 1.44269504f + magic;
  const float n = shifted - magic;
  /* ln(2) in two parts; n times the first is exact, and so is what is left of x. */
  const float high = bounded - n * 0.693359375f;
  const float low = n * -2.12194440e-4f;
  const float r = high - low;
  const float lacking = (high - r) - low;
  float sum = 1.989103039e-04f;
  sum = sum * r + 1.393368584e-03f;
  sum = sum * r + 8.333310485e-03f;
  sum = sum * r + 4.166646302e-02f;
  sum = sum * r + 1.666666716e-01f;
  sum = sum * r + 0.5f;
  const float e = 1.0f + (r + (r * r * sum + lacking));
  const int32_t exponent = (int32_t)(xq_bits_of_f32(shifted) - xq_bits_of_f32(magic));
  const int32_t half = exponent >> 1;
  return e * xq_power_of_two(half) * xq_power_of_two(exponent - half);
}

/* 1 / (1 + exp(-x)), and exp(x) / (1 + exp(x)) below 0, of which no part overflows. What the sum
 * lost when it was rounded is taken off the quotient, to a few hundredths: 1 / d for d in [1, 2] is
 * about 1.457 - 0.4857 d. Within 1.96 ulp. */
XQ_INLINE float xq_sigmoid_f32(float x) {
  const float e = xq_exp_f32(x < 0.0f ? x : -x);
  const float sum = 1.0f + e;
  const float lost = (1.0f - sum) + e;
  const float quotient = (x < 0.0f ? e : 1.0f) / sum;
  return quotient - quotient * (lost * (1.457f - 0.4857f * sum));
}

/* Without cancellation near zero. */
XQ_INLINE double xq_expm1(double x) {
  static const double kSeries[] = {1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0};
  if (xq_absolute(x) < 0x1p-6) return x * XQ_POLYNOMIAL(x, kSeries);
  return xq_exp(x) - 1.0;
}

/* x = 2^e * m, m in [sqrt(1/2), sqrt(2)), and log(m) = 2 artanh(s), s = (m - 1) / (m + 1), for a
 * positive normal x. */
XQ_INLINE double xq_log_positive(double x) {
  /* 1 / (2k + 1), k = 8 ... 0; the rest is below 1e-14. */
  static const double kSeries[] = {1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9,
                                   1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
  const uint64_t half_root = 0x3FE6A09E667F3BCDu;
  const uint64_t bias = (uint64_t)1024 << 52; /* keeps the shift without sign */
  const uint64_t bits = xq_bits_of(x);
  const uint64_t exponent = (bits - half_root + bias) >> 52;
  const double e = (double)((int64_t)exponent - 1024);
  const double m = xq_from_bits(bits - ((exponent << 52) - bias));
  const double s = (m - 1.0) / (m + 1.0);
  const double log_m = (s + s) * XQ_POLYNOMIAL(s * s, kSeries);
  return e * 0.6931471805599453 + log_m;
}

XQ_INLINE double xq_log(double x) {
  const double infinity = xq_from_bits(0x7FF0000000000000u);
  if (x == 0.0) return -infinity;
  if (x == infinity) return x;
  if (!(x > 0.0)) return xq_from_bits(0x7FF8000000000000u);
  return xq_log_positive(x);
}

/* log(1 + exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|): e times the rational function that comes
 * closest to log1p(e) / e on [0, 1], with a relative error below 1.8e-12. */
XQ_INLINE double xq_softplus(double x) {
  static const double kNumerator[] = {0.0006316414696171866, 0.07970858934374991,
                                      0.6713333087861912, 1.530532229116761, 0.9999999999982679};
  static const double kDenominator[] = {0.021926303017409377, 0.3294973492486977,
                                        1.3532661047094807, 2.0305322287178935, 1.0};
  const double e = xq_exp(-xq_absolute(x));
  const double beyond = e * XQ_POLYNOMIAL(e, kNumerator) / XQ_POLYNOMIAL(e, kDenominator);
  return (x > 0.0 ? x : 0.0) + beyond;
}

/* What is in [-limit, limit], and the nearer of the two of what is not; a NaN stays. */
XQ_INLINE double xq_within(double x, double limit) {
  return x < -limit ? -limit : x > limit ? limit : x;
}

/* x times the rational function of x^2 that comes closest to tanh(x) / x on [0, 9.02], with a
 * relative error below 1.6e-12; beyond it tanh rounds to 1 as it does there. */
XQ_INLINE double xq_tanh(double x) {
  static const double kNumerator[] = {
      -2.026540212182856e-14, 9.043645170224071e-11, 1.6237971617331695e-07, 4.951874267726854e-05,
      0.004685031589208536,   0.14289225337981667,   0.9999999999984186};
  static const double kDenominator[] = {5.262309243720766e-09, 3.334076706800316e-06,
                                        0.0005522146265411673, 0.030093560525956888,
                                        0.4762255866939029,    1.0};
  const double a = xq_within(x, 9.02), square = a * a;
  return a * XQ_POLYNOMIAL(square, kNumerator) / XQ_POLYNOMIAL(square, kDenominator);
}

/* erf(x): x times the rational function of x^2 that comes closest to erf(x) / x on [0, 4], with a
 * relative error below 9e-12; beyond 4 erf rounds to 1 as it does there. */
XQ_INLINE double xq_erf(double x) {
  static const double kNumerator[] = {
      3.004698034974073e-09, 7.52793429009897e-07, 2.1788249003265163e-05, 0.0005130522330080274,
      0.00496231946880029,   0.05811893289680234,  0.20034704642673665,    1.1283791670861325};
  static const double kDenominator[] = {
      7.329825318083906e-08, 4.519257898173566e-06, 0.00011151891374986139, 0.0017152630631035606,
      0.017719288765597405,  0.12180199358635098,   0.5108862798762432,     1.0};
  const double a = xq_within(x, 4.0), square = a * a;
  return a * XQ_POLYNOMIAL(square, kNumerator) / XQ_POLYNOMIAL(square, kDenominator);
}

/* Rounding by adding 1.5 * 2^52 holds below 2^51; what is larger has no fraction in a float. */
XQ_INLINE int xq_is_integral(double x) {
  const double magic = 6755399441055744.0;
  return xq_absolute(x) >= 0x1p51 || (x + magic) - magic == x;
}

/* A float rounded to an integer, halves to even; with its sign, also where it becomes 0. */
XQ_INLINE double xq_nearest_integer(double x) {
  const double magic = 6755399441055744.0;
  if (!(xq_absolute(x) < 0x1p51)) return x;
  return xq_copy_sign((x + magic) - magic, x);
}

XQ_INLINE double xq_floor(double x) {
  const double nearest = xq_nearest_integer(x);
  return nearest > x ? nearest - 1.0 : nearest;
}

/* IEEE 754-2019 section 9.2.1, function pow, of two floats, as exp(y log|x|). */
XQ_INLINE double xq_pow(double x, double y) {
  const double nan = xq_from_bits(0x7FF8000000000000u);
  const double infinity = xq_from_bits(0x7FF0000000000000u);
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y) return nan;
  const int integral = xq_is_integral(y);
  if (x < 0.0 && x > -infinity && !integral) return nan;
  const double magnitude = xq_absolute(x);
  const double result = magnitude == 1.0 ? 1.0 : xq_exp(y * xq_log(magnitude));
  const int odd = integral && !xq_is_integral(y * 0.5);
  return odd && xq_copy_sign(1.0, x) < 0.0 ? -result : result;
}

/* x - n y for the integer n, rounded toward zero, that leaves less than |y|; exact. x has
 * 2^(e - 150) times an integer below 2^24, which is reduced modulo that of y. */
XQ_INLINE float xq_fmod(float x, float y) {
  uint32_t a, b;
  memcpy(&a, &x, sizeof(a));
  memcpy(&b, &y, sizeof(b));
  a &= 0x7FFFFFFFu;
  b &= 0x7FFFFFFFu;
  if (a >= 0x7F800000u || b > 0x7F800000u || b == 0) {
    return (float)xq_from_bits(0x7FF8000000000000u);
  }
  if (a < b) return x;
  const uint32_t ea = a >> 23 > 1 ? a >> 23 : 1, eb = b >> 23 > 1 ? b >> 23 : 1;
  const uint64_t ma = (a & 0x7FFFFFu) | (a >> 23 > 0 ? 0x800000u : 0);
  const uint64_t mb = (b & 0x7FFFFFu) | (b >> 23 > 0 ? 0x800000u : 0);
  uint64_t rest = ma % mb;
  for (uint32_t left = ea - eb; left > 0;) {
    const uint32_t bits = left < 39 ? left : 39; /* rest < 2^24 stays in 63 bits */
    rest = (rest << bits) % mb;
    left -= bits;
  }
  const double unit = xq_from_bits((uint64_t)(eb + 1023 - 150) << 52);
  return (float)xq_copy_sign((double)rest * unit, (double)x);
}

/* One instruction on every platform (-fno-math-errno). */
XQ_INLINE double xq_sqrt(double x) { return __builtin_sqrt(x); }

#endif /* XQUANT_INT8_REAL_FUNCTIONS_H_ */
