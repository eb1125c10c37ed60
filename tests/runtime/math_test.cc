#include "runtime/math/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "runtime/every_target.h"
#include "runtime/random.h"

namespace xquant::runtime::math {
namespace {

using Function = void (*)(const float*, float*, std::size_t);
using Oracle = long double (*)(long double);

/// Floats of every exponent and sign: every 30011th bit pattern, zeros and infinities.
std::vector<float> samples() {
  std::vector<float> values{0.0f,
                            -0.0f,
                            1.0f,
                            -1.0f,
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::denorm_min()};
  for (std::uint64_t bits = 0; bits <= 0xffffffffu; bits += 30011) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!std::isnan(value)) values.push_back(value);
  }
  // The range where the functions are neither 0, 1 nor infinite.
  Random random(3);
  for (int i = 0; i < 50000; ++i) values.push_back(random.number() * 20.0f);
  return values;
}

/// Distance in units in the last place: the number of floats between two.
std::int64_t ulps(float a, float b) {
  const auto key = [](float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return bits < 0 ? -static_cast<std::int64_t>(bits & 0x7fffffff)
                    : static_cast<std::int64_t>(bits);
  };
  return std::abs(key(a) - key(b));
}

/// Error in units in the last place of the exact result, as a number: half of one where a correctly
/// rounded result lies in the middle between two floats.
double error_in_ulps(float found, long double exact) {
  const int exponent = exact == 0.0L ? -126 : std::max(std::ilogb(exact), -126);
  return static_cast<double>(
      std::fabs(std::ldexp(static_cast<long double>(found) - exact, 23 - exponent)));
}

void expect_within(double most, Function function, Oracle oracle) {
  const std::vector<float> x = samples();
  std::vector<float> y(x.size());
  function(x.data(), y.data(), x.size());
  int failures = 0;
  for (std::size_t i = 0; i < x.size() && failures < 5; ++i) {
    const long double exact = oracle(static_cast<long double>(x[i]));
    const auto rounded = static_cast<float>(exact);
    const bool same = std::isnan(rounded)   ? std::isnan(y[i])
                      : std::isinf(rounded) ? y[i] == rounded
                                            : error_in_ulps(y[i], exact) <= most;
    EXPECT_TRUE(same) << std::hexfloat << "f(" << x[i] << ") is " << y[i] << ", expected "
                      << rounded;
    failures += same ? 0 : 1;
  }
}

TEST(Math, ExpIsRoundedOnce) {
  expect_within(0.5001, exp, [](long double x) { return std::exp(x); });
}
TEST(Math, Expm1IsRoundedOnce) {
  expect_within(0.5003, expm1, [](long double x) { return std::expm1(x); });
}
TEST(Math, LogIsRoundedOnce) {
  expect_within(0.5001, log, [](long double x) { return std::log(x); });
}
TEST(Math, TanhIsRoundedOnce) {
  expect_within(0.5001, tanh, [](long double x) { return std::tanh(x); });
}
TEST(Math, SigmoidIsWithinTwoUlps) {
  expect_within(2.0, sigmoid, [](long double x) { return 1.0L / (1.0L + std::exp(-x)); });
}
TEST(Math, SoftplusIsRoundedOnce) {
  expect_within(0.5001, softplus,
                [](long double x) { return x > 40.0L ? x : std::log1p(std::exp(x)); });
}
TEST(Math, ErfIsRoundedOnce) {
  expect_within(0.5002, erf, [](long double x) { return std::erf(x); });
}

TEST(Math, NotANumberStaysNotANumber) {
  const float x = std::numeric_limits<float>::quiet_NaN();
  for (const Function function :
       std::initializer_list<Function>{exp, expm1, log, tanh, sigmoid, softplus, erf}) {
    float y = 0.0f;
    function(&x, &y, 1);
    EXPECT_TRUE(std::isnan(y));
  }
}

TEST(Math, PowIsWithinOneUlp) {
  Random random(4);
  for (int i = 0; i < 200000; ++i) {
    const float x =
        std::fabs(random.number() * std::ldexp(1.0f, static_cast<int>(random.below(40)) - 20));
    const float y = random.number() * 12.0f;
    float z = 0.0f;
    pow(&x, &y, &z, 1);
    const auto expected =
        static_cast<float>(std::pow(static_cast<long double>(x), static_cast<long double>(y)));
    ASSERT_LE(ulps(z, expected), 1) << std::hexfloat << "pow(" << x << ", " << y << ")";
  }
}

TEST(Math, PowKeepsTheSpecialCasesOfTheStandard) {
  constexpr float kInf = std::numeric_limits<float>::infinity(),
                  kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float x : {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, -0.5f, 2.0f, -2.0f, kInf, -kInf, kNan}) {
    for (const float y :
         {0.0f, -0.0f, 1.0f, -1.0f, 3.0f, -3.0f, 2.0f, -2.0f, 0.5f, -0.5f, kInf, -kInf, kNan}) {
      float z = 0.0f;
      pow(&x, &y, &z, 1);
      const float expected = std::pow(x, y);
      EXPECT_TRUE(std::isnan(expected)
                      ? std::isnan(z)
                      : std::bit_cast<std::uint32_t>(z) == std::bit_cast<std::uint32_t>(expected))
          << "pow(" << x << ", " << y << ") is " << z << ", expected " << expected;
    }
  }
}

TEST(Math, HasTheSameBitsOnEveryInstructionSetAndInEveryPosition) {
  std::vector<float> x = samples();
  std::erase_if(x, [](float value) { return std::isnan(value); });
  for (const Function function :
       std::initializer_list<Function>{exp, expm1, tanh, sigmoid, softplus, erf}) {
    std::vector<float> expected(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) function(&x[i], &expected[i], 1);
    on_every_target([&](const std::string& target) {
      std::vector<float> y(x.size());
      function(x.data(), y.data(), x.size());
      EXPECT_EQ(std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)), 0) << target;
    });
  }
}

}  // namespace
}  // namespace xquant::runtime::math
