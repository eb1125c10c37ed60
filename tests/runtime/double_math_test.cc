// The elementary functions of double against x87's long double, which has 11 bits more.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/math/math.h"
#include "runtime/random.h"

namespace xquant::runtime::math {
namespace {

using Function = void (*)(const double*, double*, std::size_t);
using Oracle = long double (*)(long double);

std::vector<double> double_samples() {
  std::vector<double> values{0.0, -0.0, 1.0, -1.0, 0x1p-1074, 0x1p-1022, 1e300, -1e300};
  values.push_back(std::numeric_limits<double>::infinity());
  values.push_back(-std::numeric_limits<double>::infinity());
  Random random(5);
  for (int i = 0; i < 4000; ++i) {
    const auto number = static_cast<double>(random.number());
    values.push_back(number * 30.0);
    values.push_back(number * 720.0);
    values.push_back(std::ldexp(number, static_cast<int>(random.below(1200)) - 1070));
    values.push_back(std::ldexp(number, static_cast<int>(random.below(40)) - 38));
  }
  return values;
}

std::int64_t ulps(double a, double b) {
  const auto key = [](double x) {
    const auto bits = std::bit_cast<std::int64_t>(x);
    return bits < 0 ? -(bits & std::numeric_limits<std::int64_t>::max()) : bits;
  };
  return std::abs(key(a) - key(b));
}

void expect_within_one_ulp(Function function, Oracle oracle) {
  if (std::numeric_limits<long double>::digits < 64)
    GTEST_SKIP() << "no long double wider than double";
  const std::vector<double> x = double_samples();
  std::vector<double> y(x.size());
  function(x.data(), y.data(), x.size());
  int failures = 0;
  for (std::size_t i = 0; i < x.size() && failures < 5; ++i) {
    const auto expected = static_cast<double>(oracle(static_cast<long double>(x[i])));
    const bool same = std::isnan(expected) ? std::isnan(y[i]) : ulps(y[i], expected) <= 1;
    EXPECT_TRUE(same) << std::hexfloat << "f(" << x[i] << ") is " << y[i] << ", expected "
                      << expected;
    failures += same ? 0 : 1;
  }
}

TEST(DoubleMath, IsWithinOneUlp) {
  expect_within_one_ulp(exp, [](long double x) { return std::exp(x); });
  expect_within_one_ulp(expm1, [](long double x) { return std::expm1(x); });
  expect_within_one_ulp(log, [](long double x) { return std::log(x); });
  expect_within_one_ulp(tanh, [](long double x) { return std::tanh(x); });
  expect_within_one_ulp(sigmoid, [](long double x) { return 1.0L / (1.0L + std::exp(-x)); });
  expect_within_one_ulp(softplus,
                        [](long double x) { return x > 60.0L ? x : std::log1p(std::exp(x)); });
  expect_within_one_ulp(erf, [](long double x) { return std::erf(x); });
}

TEST(DoubleMath, PowIsWithinOneUlpAndKeepsTheSpecialCases) {
  if (std::numeric_limits<long double>::digits < 64)
    GTEST_SKIP() << "no long double wider than double";
  constexpr double kInf = std::numeric_limits<double>::infinity(),
                   kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<double, double>> pairs;
  for (const double x : {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, kInf, -kInf, kNan}) {
    for (const double y :
         {0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 2.0, -2.0, 0.5, -0.5, kInf, -kInf, kNan}) {
      pairs.emplace_back(x, y);
    }
  }
  Random random(6);
  for (int i = 0; i < 20000; ++i) {
    const auto scale = std::ldexp(1.0, static_cast<int>(random.below(40)) - 20);
    pairs.emplace_back(std::fabs(static_cast<double>(random.number()) * scale),
                       static_cast<double>(random.number()) * 30.0);
  }
  for (const auto& [x, y] : pairs) {
    double z = 0.0;
    pow(&x, &y, &z, 1);
    const auto expected =
        static_cast<double>(std::pow(static_cast<long double>(x), static_cast<long double>(y)));
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(z)) << "pow(" << x << ", " << y << ") is " << z;
    } else {
      EXPECT_LE(ulps(z, expected), 1) << std::hexfloat << "pow(" << x << ", " << y << ") is " << z;
      EXPECT_EQ(std::signbit(z), std::signbit(expected)) << "pow(" << x << ", " << y << ")";
    }
  }
}

}  // namespace
}  // namespace xquant::runtime::math
