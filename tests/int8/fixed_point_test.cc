#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr xq_rounding kRoundings[] = {XQ_HALF_UP, XQ_HALF_EVEN, XQ_HALF_AWAY};

TEST(FixedPoint, DoublingHighMultiplyRoundsHalfUpAndSaturates) {
  EXPECT_EQ(xq_saturating_doubling_high(kMin, kMin), kMax);
  EXPECT_EQ(xq_saturating_doubling_high(kMin, kMax), -kMax);
  EXPECT_EQ(xq_saturating_doubling_high(1 << 30, 1), 1);      // +1/2 up
  EXPECT_EQ(xq_saturating_doubling_high(-(1 << 30), 1), 0);   // -1/2 up
  EXPECT_EQ(xq_saturating_doubling_high(-(1 << 30), 3), -1);  // -3/2 up
  Random random(20);
  for (int i = 0; i < 100000; ++i) {
    const int32_t a = random.between(kMin, kMax), b = random.between(kMin, kMax);
    ASSERT_EQ(xq_saturating_doubling_high(a, b),
              exact_divide(static_cast<Wide>(a) * b, 31, XQ_HALF_UP))
        << a << " " << b;
  }
}

TEST(FixedPoint, RoundingDivideFollowsItsMode) {
  EXPECT_EQ(xq_rounding_divide(-3, 1, XQ_HALF_UP), -1);
  EXPECT_EQ(xq_rounding_divide(-3, 1, XQ_HALF_EVEN), -2);
  EXPECT_EQ(xq_rounding_divide(-3, 1, XQ_HALF_AWAY), -2);
  EXPECT_EQ(xq_rounding_divide(-1, 1, XQ_HALF_UP), 0);
  EXPECT_EQ(xq_rounding_divide(-1, 1, XQ_HALF_EVEN), 0);
  EXPECT_EQ(xq_rounding_divide(-1, 1, XQ_HALF_AWAY), -1);
  for (const xq_rounding rounding : kRoundings) {
    for (int32_t exponent = 0; exponent <= 31; ++exponent) {
      for (int32_t v : {kMin, kMin + 1, -5, -1, 0, 1, 6, kMax - 1, kMax}) {
        ASSERT_EQ(xq_rounding_divide(v, exponent, rounding), exact_divide(v, exponent, rounding));
      }
      const int64_t half = exponent == 0 ? 0 : int64_t{1} << (exponent - 1);
      for (int64_t k = -300; k <= 300; ++k) {  // around every tie that int32 holds
        for (int64_t d = -1; d <= 1; ++d) {
          const int64_t v = (k << exponent) + half + d;
          if (v < kMin || v > kMax) continue;
          const auto narrow = static_cast<int32_t>(v);
          ASSERT_EQ(xq_rounding_divide(narrow, exponent, rounding),
                    exact_divide(v, exponent, rounding));
        }
      }
    }
  }
}

TEST(FixedPoint, MultiplierIsTheNearestOf31Bits) {
  Random random(21);
  for (int i = 0; i < 20000; ++i) {
    const double real = static_cast<double>(random.positive(-31, 28)) *
                        (1.0 + static_cast<double>(random.between(0, 1 << 20)) * 0x1p-45);
    int32_t multiplier = 0, shift = 0;
    xq_fixed_multiplier(real, &multiplier, &shift);
    ASSERT_GE(multiplier, 1 << 30);
    ASSERT_GE(shift, -31);
    ASSERT_LE(shift, 30);
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    const double wanted = std::round(fraction * 0x1p31);
    const double got = std::ldexp(multiplier, shift - exponent);
    ASSERT_EQ(got, wanted) << real;
  }
  int32_t multiplier = 7, shift = 7;
  xq_fixed_multiplier(0.0, &multiplier, &shift);
  EXPECT_EQ(multiplier, 0);
  xq_fixed_multiplier(0x1p-33, &multiplier, &shift);
  EXPECT_EQ(multiplier, 0);
  xq_fixed_multiplier(0x1p-32, &multiplier, &shift);
  EXPECT_EQ(multiplier, 1 << 30);
  EXPECT_EQ(shift, -31);
  xq_fixed_multiplier(std::nextafter(1.0, 0.0), &multiplier, &shift);
  EXPECT_EQ(multiplier, 1 << 30);
  EXPECT_EQ(shift, 1);
  xq_fixed_multiplier(std::nextafter(0x1p30, 0.0), &multiplier, &shift);
  EXPECT_EQ(multiplier, kMax);
  EXPECT_EQ(shift, 30);
}

int64_t saturated(int64_t v) { return std::clamp<int64_t>(v, kMin, kMax); }

int64_t expected_steps(int32_t acc, int32_t multiplier, int32_t shift, const xq_fixed& to) {
  if (to.steps == XQ_ONE_ROUNDING) {
    return saturated(exact_divide(static_cast<Wide>(acc) * multiplier, 31 - shift, to.rounding));
  }
  const int64_t raised = saturated(int64_t{acc} << std::max(shift, 0));
  const int64_t high =
      saturated(exact_divide(static_cast<Wide>(raised) * multiplier, 31, XQ_HALF_UP));
  return exact_divide(high, std::max(-shift, 0), to.rounding);
}

void expect_exact(const std::vector<int32_t>& acc, int32_t multiplier, int32_t shift,
                  xq_rounding rounding, xq_fixed_steps steps, int32_t zero_point) {
  const xq_fixed to = {&multiplier, &shift, 1, rounding, steps, zero_point, -128, 127};
  std::vector<int8_t> q(acc.size());
  xq_requantize_fixed(acc.data(), 1, 1, acc.size(), &to, XQ_S8, q.data());
  for (size_t i = 0; i < acc.size(); ++i) {
    const int64_t v = expected_steps(acc[i], multiplier, shift, to);
    ASSERT_EQ(q[i], std::clamp<int64_t>(v + zero_point, -128, 127))
        << acc[i] << " * " << multiplier << " << " << shift << " mode " << rounding;
  }
}

TEST(FixedPoint, EqualsWideIntegersAroundEveryTieInEveryMode) {
  Random random(22);
  for (int i = 0; i < 400; ++i) {
    const int32_t multiplier = random.between(1 << 30, kMax);
    const int32_t shift = random.between(-20, 3);
    const double real = std::ldexp(multiplier, shift - 31);
    std::vector<int32_t> acc = {kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax};
    for (int h = -140; h <= 140; ++h) {
      const double tie = (h + 0.5) / real;
      if (std::abs(tie) > 2.1e9) continue;
      for (int32_t d = -1; d <= 2; ++d) acc.push_back(static_cast<int32_t>(std::floor(tie)) + d);
    }
    for (const xq_rounding rounding : kRoundings) {
      for (const xq_fixed_steps steps : {XQ_ONE_ROUNDING, XQ_TWO_ROUNDINGS}) {
        ASSERT_NO_FATAL_FAILURE(
            expect_exact(acc, multiplier, shift, rounding, steps, random.between(-128, 127)));
      }
    }
  }
}

// Powers of two and three hit ties exactly.
TEST(FixedPoint, EqualsWideIntegersOnExactTies) {
  std::vector<int32_t> acc;
  for (int32_t v = -3000; v <= 3000; ++v) acc.push_back(v);
  for (const int32_t multiplier : {1 << 30, 3 << 29}) {
    for (int32_t shift = -8; shift <= 2; ++shift) {
      for (const xq_rounding rounding : kRoundings) {
        for (const xq_fixed_steps steps : {XQ_ONE_ROUNDING, XQ_TWO_ROUNDINGS}) {
          ASSERT_NO_FATAL_FAILURE(expect_exact(acc, multiplier, shift, rounding, steps, 3));
        }
      }
    }
  }
}

TEST(FixedPoint, UsesTheMultiplierOfEachChannel) {
  Random random(23);
  const std::vector<int32_t> multiplier = {1 << 30, 3 << 29, kMax}, shift = {-3, -4, -2};
  const std::vector<int32_t> acc = random.s32s(2 * 3 * 5, -900, 900);
  const xq_fixed to = {multiplier.data(), shift.data(), 3,  XQ_HALF_EVEN,
                       XQ_ONE_ROUNDING,   40,           20, 60000};
  std::vector<uint16_t> q(acc.size());
  xq_requantize_fixed(acc.data(), 2, 3, 5, &to, XQ_U16, q.data());
  for (size_t i = 0; i < acc.size(); ++i) {
    const size_t c = i / 5 % 3;
    const int64_t v = expected_steps(acc[i], multiplier[c], shift[c], to);
    ASSERT_EQ(q[i], std::clamp<int64_t>(v + 40, 20, 60000));
  }
}

}  // namespace
}  // namespace xquant::int8_test
