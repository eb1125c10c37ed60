#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <set>
#include <string>

#include "int8/every_isa.h"
#include "int8/random.h"

// Curves (xq_stage.h) give the codes of the stage they were made for, above all next to where codes
// change. Any float is a product: of an accumulator of 1 or -1 and a unit.
namespace xquant::int8_test {
namespace {

xq_step unary(xq_unary_op op, int a, float alpha = 1) {
  return {XQ_STEP_UNARY, {op, alpha, 0}, XQ_ADD, a, 0, nullptr, 0, 0};
}
xq_step product(int a, int b) {
  return {XQ_STEP_BINARY, {XQ_RELU, 0, 0}, XQ_MUL, a, b, nullptr, 0, 0};
}

std::vector<std::vector<xq_step>> functions() {
  return {{unary(XQ_SILU, 0)},
          {unary(XQ_SIGMOID, 0), product(0, 1)},
          {unary(XQ_SIGMOID, 0), product(1, 0)},
          {unary(XQ_MISH, 0)},
          {unary(XQ_SOFTPLUS, 0), unary(XQ_TANH, 1), product(0, 2)},
          {unary(XQ_GELU, 0)},
          {unary(XQ_GELU_TANH, 0)},
          {unary(XQ_SIGMOID, 0)},
          {unary(XQ_TANH, 0)},
          {unary(XQ_ELU, 0, 1.0f)},
          {unary(XQ_ELU, 0, 2.5f)},
          {unary(XQ_SOFTPLUS, 0)}};
}

std::vector<int8_t> codes(const std::vector<float>& reals, const xq_stage& stage,
                          const xq_requant& like) {
  std::vector<float> units(reals.size());
  std::vector<int32_t> acc(reals.size());
  for (size_t i = 0; i < reals.size(); ++i) {
    units[i] = std::abs(reals[i]);
    acc[i] = std::signbit(reals[i]) ? -1 : 1;
  }
  const xq_requant to = {units.data(), units.size(), like.zero_point, like.qmin, like.qmax, &stage};
  std::vector<int8_t> q(reals.size());
  xq_requantize_s32_s8(acc.data(), 1, reals.size(), 1, &to, q.data());
  return q;
}

int32_t ordered(float x) {
  const auto bits = std::bit_cast<int32_t>(x);
  return bits < 0 ? INT32_MIN - bits : bits;
}
float unordered(int32_t number) {
  return std::bit_cast<float>(number < 0 ? INT32_MIN - number : number);
}

/// Random floats, a fine ladder of them, and where neighbours on the ladder have different codes
/// all floats around the place of the change.
std::vector<float> telling_reals(const xq_stage& stage, const xq_requant& to) {
  Random random(230);
  std::vector<float> reals;
  for (int i = 0; i < 4000; ++i) {
    const float magnitude = random.positive(-12, 6);
    reals.push_back(i % 2 == 0 ? -magnitude : magnitude);
  }
  std::vector<float> ladder;
  const float top = 300.0f * stage.scale + 2.0f;
  for (int i = -3000; i <= 3000; ++i) {
    ladder.push_back(static_cast<float>(i) * (i < 0 ? 0.006f : top / 3000.0f));
  }
  const std::vector<int8_t> rung = codes(ladder, stage, to);
  for (size_t i = 1; i < ladder.size(); ++i) {
    if (rung[i] == rung[i - 1]) continue;
    int32_t low = ordered(ladder[i - 1]), high = ordered(ladder[i]);
    while (high - low > 1) {
      const int32_t middle = low + (high - low) / 2;
      const float real = unordered(middle);
      (codes({real}, stage, to)[0] == rung[i - 1] ? low : high) = middle;
    }
    for (int32_t k = -40; k <= 40; ++k) {
      reals.push_back(unordered(high + k));
      reals.push_back(unordered(high + 37 * k));
    }
  }
  reals.insert(reals.end(), ladder.begin(), ladder.end());
  for (const float extreme : {0.0f, -0.0f, 1e-40f, 1e30f, -1e30f, 3.4e38f, -3.4e38f, -104.0f})
    reals.push_back(extreme);
  return reals;
}

TEST(Curve, GivesTheCodesOfItsStage) {
  struct Result {
    float scale;
    int32_t zero_point, qmin, qmax;
  };
  const Result results[] = {
      {0.05f, -120, -128, 127},         {0.0137f, -108, -128, 127}, {0.5f, 3, -128, 127},
      {1.0f / 256, -128, -128, 127},    {1.0f / 128, 0, -100, 90},  {0.02f, -128, -128, 127},
      {0.27846f / 5.5f, -110, -128, 127}};  // a change next to SiLU's minimum
  std::set<xq_unary_op> found;
  for (const std::vector<xq_step>& steps : functions()) {
    for (const Result& result : results) {
      const xq_stage plain = {steps.data(), steps.size(), result.scale, nullptr};
      const xq_requant to = {nullptr, 0, result.zero_point, result.qmin, result.qmax, nullptr};
      const std::vector<float> reals = telling_reals(plain, to);
      const std::vector<int8_t> expected = codes(reals, plain, to);
      const auto curve = std::make_unique<xq_curve>();
      with_every_isa([&] {
        if (xq_curve_of(&plain, to.zero_point, to.qmin, to.qmax, curve.get()) == 0) return;
        found.insert(steps[0].unary.op);
        xq_stage stage = plain;
        stage.curve = curve.get();
        const std::vector<int8_t> q = codes(reals, stage, to);
        for (size_t i = 0; i < q.size(); ++i) {
          ASSERT_EQ(q[i], expected[i]) << "function " << steps[0].unary.op << " of " << reals[i]
                                       << ", scale " << result.scale;
        }
      });
    }
  }
  EXPECT_EQ(found.size(), 8u);
}

TEST(Curve, IsNoneWhereItWouldNeedMoreBucketsThanThereAre) {
  const std::vector<xq_step> silu = {unary(XQ_SILU, 0)};
  const xq_stage stage = {silu.data(), silu.size(), 0.001f, nullptr};
  const auto curve = std::make_unique<xq_curve>();
  with_every_isa([&] { EXPECT_EQ(xq_curve_of(&stage, 0, -128, 127, curve.get()), 0); });
}

#if defined(GTEST_HAS_DEATH_TEST) && !defined(__riscv)
TEST(CurveDeathTest, RefusesACurveOfOtherBounds) {
  const std::string before = xq_int8_isa();
  ASSERT_TRUE(xq_int8_select("scalar"));
  const std::vector<xq_step> silu = {unary(XQ_SILU, 0)};
  xq_stage stage = {silu.data(), silu.size(), 0.05f, nullptr};
  const auto curve = std::make_unique<xq_curve>();
  ASSERT_EQ(xq_curve_of(&stage, -120, -128, 127, curve.get()), 1);
  stage.curve = curve.get();
  const float unit = 1;
  const int32_t acc = 1;
  int8_t q;
  const xq_requant to = {&unit, 1, -120, -128, 126, &stage};
  EXPECT_DEATH(xq_requantize_s32_s8(&acc, 1, 1, 1, &to, &q), "qmax");
  xq_int8_select(before.c_str());
}
#endif

}  // namespace
}  // namespace xquant::int8_test
