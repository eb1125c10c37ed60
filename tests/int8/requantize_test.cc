#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kMax = std::numeric_limits<int32_t>::max();

// Accumulators within 2 of (h + 1/2) / m for every output step h, plus the far ends.
std::vector<int32_t> around_ties(float multiplier) {
  std::vector<int32_t> acc = {kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax, 1 << 24, (1 << 24) + 1};
  for (int h = -260; h <= 260; ++h) {
    const double tie = (h + 0.5) / double{multiplier};
    if (std::abs(tie) > 2147483000.0) continue;
    const auto nearest = static_cast<int32_t>(std::floor(tie));
    for (int32_t d = -2; d <= 3; ++d) acc.push_back(nearest + d);
  }
  return acc;
}

void expect_exact(const std::vector<int32_t>& acc, float multiplier, int32_t zp, int32_t qmin,
                  int32_t qmax) {
  std::vector<int> expected;
  for (const int32_t a : acc) expected.push_back(exact_requantize(a, multiplier, zp, qmin, qmax));
  const xq_requant to = {&multiplier, 1, zp, qmin, qmax, nullptr};
  with_every_isa([&] {
    std::vector<int8_t> q(acc.size());
    xq_requantize_s32_s8(acc.data(), 1, 1, acc.size(), &to, q.data());
    for (size_t i = 0; i < acc.size(); ++i) {
      ASSERT_EQ(q[i], expected[i]) << "acc " << acc[i] << " m " << multiplier << " zp " << zp;
    }
  });
}

TEST(Requantize, EqualsTheIntegerOracleAroundEveryTie) {
  Random random(4);
  for (int i = 0; i < 1500; ++i) {
    const float multiplier = random.positive(-24, 1);
    expect_exact(around_ties(multiplier), multiplier, random.between(-128, 127), -128, 127);
  }
}

// Dyadic multipliers hit ties exactly: 3 / 2^j and the like.
TEST(Requantize, EqualsTheIntegerOracleOnExactTies) {
  for (int power = 0; power <= 24; ++power) {
    for (const int odd : {1, 3, 5, 7, 11, 101, 255}) {
      const float multiplier = std::ldexp(static_cast<float>(odd), -power);
      expect_exact(around_ties(multiplier), multiplier, 0, -128, 127);
      expect_exact(around_ties(multiplier), multiplier, -128, -128, 127);
      expect_exact(around_ties(multiplier), multiplier, 127, -128, 127);
    }
  }
}

TEST(Requantize, AcceptsEveryFiniteMultiplier) {
  const std::vector<int32_t> acc = {kMin, -(1 << 25) - 1, -3, -1, 0, 1, 3, (1 << 25) + 3, kMax};
  for (const float multiplier :
       {0.0f, 1e-45f, 1.17549435e-38f, 1.0f, 256.0f, 1e30f, 3.402823466e38f}) {
    expect_exact(acc, multiplier, 5, -128, 127);
  }
}

TEST(Requantize, BoundsFuseRelu) {
  Random random(5);
  const std::vector<int32_t> acc = random.s32s(300, -4000, 4000);
  expect_exact(acc, 0.03f, -20, -20, 127);
  expect_exact(acc, 0.03f, -20, -20, 31);
  expect_exact(acc, 0.03f, -20, 40, 50);  // bounds that leave out the zero point
}

// Up to 3 / 512 no accumulator is so large that WebAssembly bounds it before it is rounded.
TEST(Requantize, BoundsHoldForEveryAccumulatorAndMultiplier) {
  const float largest = std::ldexp(3.0f, -9);
  for (const float multiplier :
       {0.001f, largest, std::nextafter(largest, 1.0f), std::nextafter(largest, 0.0f), 0.25f}) {
    const std::vector<int32_t> acc = around_ties(multiplier);
    expect_exact(acc, multiplier, -20, -20, 127);
    expect_exact(acc, multiplier, -128, -128, 31);
    expect_exact(acc, multiplier, 127, -128, -100);
    expect_exact(acc, multiplier, -20, 40, 50);
    expect_exact(acc, multiplier, 3, 7, 7);
  }
}

TEST(Requantize, UsesTheMultiplierOfEachChannelAndLeavesTheRestAlone) {
  Random random(6);
  for (size_t inner : {size_t{1}, size_t{5}}) {
    for (size_t channels = 1; channels <= 67; ++channels) {
      const size_t n = 2 * channels * inner;
      const std::vector<float> m = random.positives(channels, -12, -4);
      Guarded<int32_t> acc(n, channels % 4);
      for (size_t i = 0; i < n; ++i) acc.data()[i] = random.between(-90000, 90000);
      const xq_requant to = {m.data(), channels, 130, 3, 250, nullptr};
      with_every_isa([&] {
        Guarded<uint8_t> q(n, channels % 7);
        xq_requantize_s32_u8(acc.data(), 2, channels, inner, &to, q.data());
        ASSERT_TRUE(q.intact());
        for (size_t i = 0; i < n; ++i) {
          const float multiplier = m[i / inner % channels];
          ASSERT_EQ(q.data()[i], exact_requantize(acc.data()[i], multiplier, 130, 3, 250));
        }
      });
    }
  }
}

// Each step in float; a double would round once and give another last bit.
TEST(Requantize, MultiplierRoundsAfterEachOperation) {
  EXPECT_EQ(xq_requant_multiplier(0.5f, 0.25f, 2.0f), 0.0625f);
  int differs = 0;
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const float a = random.positive(-8, 0), b = random.positive(-8, 0), c = random.positive(-8, 0);
    const volatile float product = a * b;
    const volatile float quotient = product / c;
    ASSERT_EQ(xq_requant_multiplier(a, b, c), quotient);
    differs += quotient != static_cast<float>(double{a} * b / c) ? 1 : 0;
  }
  EXPECT_GT(differs, 0);
}

}  // namespace
}  // namespace xquant::int8_test
