// Trigonometric and hyperbolic functions against the compiler's long double.

#include "runtime/math/trigonometric.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/random.h"

namespace xquant::runtime::math {
namespace {

template <typename T>
using Function = void (*)(const T*, T*, std::size_t);
using Oracle = long double (*)(long double);

template <typename T>
std::vector<T> special_values() {
  using Limits = std::numeric_limits<T>;
  return {T(0),   T(-0.0), T(1),          T(-1),          Limits::infinity(), -Limits::infinity(),
          T(0.5), T(-0.5), Limits::max(), -Limits::max(), Limits::min(),      Limits::denorm_min()};
}

/// Every 30011th bit pattern, and the ranges where the functions are neither trivial nor infinite.
std::vector<float> float_samples() {
  std::vector<float> values = special_values<float>();
  for (std::uint64_t bits = 0; bits <= 0xffffffffu; bits += 30011) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!std::isnan(value)) values.push_back(value);
  }
  Random random(6);
  for (int i = 0; i < 50000; ++i) {
    values.push_back(random.number());
    values.push_back(random.number() * 40.0f);
  }
  // Near multiples of pi / 2, where sin and cos lose most.
  for (int i = -2000; i < 2000; ++i) values.push_back(static_cast<float>(i * 1.5707963267948966));
  return values;
}

std::vector<double> double_samples() {
  std::vector<double> values = special_values<double>();
  Random random(7);
  for (int i = 0; i < 4000; ++i) {
    const auto number = static_cast<double>(random.number());
    values.push_back(number);
    values.push_back(number * 40.0);
    values.push_back(number * 710.0);
    values.push_back(std::ldexp(number, static_cast<int>(random.below(60)) - 30));
  }
  for (int i = -500; i < 500; ++i) values.push_back(i * 1.5707963267948966);
  return values;
}

template <typename T>
std::int64_t ulps(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const auto key = [](T x) -> std::int64_t {
    const auto bits = std::bit_cast<Bits>(x);
    return bits < 0 ? -static_cast<std::int64_t>(bits & std::numeric_limits<Bits>::max()) : bits;
  };
  return std::abs(key(a) - key(b));
}

template <typename T>
void expect_within_one_ulp(const std::vector<T>& x, Function<T> function, Oracle oracle) {
  if (std::numeric_limits<long double>::digits < 64) {
    GTEST_SKIP() << "no long double wider than double";
  }
  std::vector<T> y(x.size());
  function(x.data(), y.data(), x.size());
  int failures = 0;
  for (std::size_t i = 0; i < x.size() && failures < 5; ++i) {
    const auto expected = static_cast<T>(oracle(static_cast<long double>(x[i])));
    const bool same = std::isnan(expected) ? std::isnan(y[i])
                                           : ulps(y[i], expected) <= 1 &&
                                                 std::signbit(y[i]) == std::signbit(expected);
    EXPECT_TRUE(same) << std::hexfloat << "f(" << x[i] << ") is " << y[i] << ", expected "
                      << expected;
    failures += same ? 0 : 1;
  }
}

#define XQ_WITHIN_ONE_ULP(Name, name)                                          \
  TEST(Trigonometric, Name##OfFloatIsWithinOneUlp) {                           \
    expect_within_one_ulp<float>(float_samples(), name,                        \
                                 [](long double x) { return std::name(x); });  \
  }                                                                            \
  TEST(Trigonometric, Name##OfDoubleIsWithinOneUlp) {                          \
    expect_within_one_ulp<double>(double_samples(), name,                      \
                                  [](long double x) { return std::name(x); }); \
  }
XQ_WITHIN_ONE_ULP(Sin, sin)
XQ_WITHIN_ONE_ULP(Cos, cos)
XQ_WITHIN_ONE_ULP(Tan, tan)
XQ_WITHIN_ONE_ULP(Asin, asin)
XQ_WITHIN_ONE_ULP(Acos, acos)
XQ_WITHIN_ONE_ULP(Atan, atan)
XQ_WITHIN_ONE_ULP(Sinh, sinh)
XQ_WITHIN_ONE_ULP(Cosh, cosh)
XQ_WITHIN_ONE_ULP(Asinh, asinh)
XQ_WITHIN_ONE_ULP(Acosh, acosh)
XQ_WITHIN_ONE_ULP(Atanh, atanh)
#undef XQ_WITHIN_ONE_ULP

TEST(Trigonometric, SinReducesTheHardestArgumentOfDouble) {
  // The double closest to a multiple of pi / 2 (Muller, Elementary Functions, table 11.1): its
  // cosine is 4.687165924254624e-19 in magnitude.
  const double x = 6381956970095103.0 * 0x1p797;
  double y = 0;
  cos(&x, &y, 1);
  EXPECT_NEAR(y, -4.687165924254624e-19, 1e-33);
}

TEST(Trigonometric, UnitRootsLieOnTheCircleAndOnTheAxes) {
  for (std::int64_t n = 1; n < 200; ++n) {
    for (std::int64_t k = -n; k <= 2 * n; ++k) {
      const UnitRoot root = unit_root(k, n);
      const long double angle = 2.0L * 3.14159265358979323846264338327950288L *
                                static_cast<long double>(k) / static_cast<long double>(n);
      ASSERT_NEAR(root.cosine, static_cast<double>(std::cos(angle)), 3e-16) << k << " of " << n;
      ASSERT_NEAR(root.sine, static_cast<double>(std::sin(angle)), 3e-16) << k << " of " << n;
    }
  }
  EXPECT_EQ(unit_root(1, 4).cosine, 0.0);
  EXPECT_EQ(unit_root(1, 2).cosine, -1.0);
  EXPECT_EQ(unit_root(3, 4).sine, -1.0);
}

}  // namespace
}  // namespace xquant::runtime::math
