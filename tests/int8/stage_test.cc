#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/random.h"

// Functions between a product and its codes: each element by itself, with f32 operations written
// out here.
namespace xquant::int8_test {
namespace {

constexpr size_t kChannels = 8, kDepth = 20;
constexpr float kScale = 0.05f;
constexpr int32_t kZero = -30;

struct Function {
  std::vector<xq_step> steps;
  float (*of)(float real, size_t channel);
};

float constant_of(size_t channel) { return 0.25f * static_cast<float>(channel) - 0.5f; }

std::vector<float> constants() {
  std::vector<float> values;
  for (size_t c = 0; c < kChannels; ++c) values.push_back(constant_of(c));
  return values;
}
const std::vector<float> kConstants = constants();
const float kThree = 3.0f, kSix = 6.0f;

xq_step unary(xq_unary_op op, int a, float alpha = 0, float beta = 0) {
  return {XQ_STEP_UNARY, {op, alpha, beta}, XQ_ADD, a, 0, nullptr, 0, 0};
}
xq_step binary(xq_binary_op op, int a, int b, const float* constant = nullptr, size_t n = 0) {
  return {XQ_STEP_BINARY, {XQ_RELU, 0, 0}, op, a, b, constant, n, 0};
}

std::vector<Function> functions() {
  return {
      {{unary(XQ_LEAKY_RELU, 0, 0.1f)}, [](float x, size_t) { return x < 0 ? 0.1f * x : x; }},
      {{binary(XQ_PRELU, 0, XQ_STEP_CONSTANT, kConstants.data(), kChannels)},
       [](float x, size_t c) { return x < 0 ? x * constant_of(c) : x; }},
      {{binary(XQ_SUB, XQ_STEP_CONSTANT, 0, kConstants.data(), kChannels), unary(XQ_ABS, 1)},
       [](float x, size_t c) { return std::abs(constant_of(c) - x); }},
      // x * min(max(x + 3, 0), 6) / 6
      {{binary(XQ_ADD, 0, XQ_STEP_CONSTANT, &kThree, 1), unary(XQ_CLIP, 1, 0.0f, 6.0f),
        binary(XQ_MUL, 0, 2), binary(XQ_DIV, 3, XQ_STEP_CONSTANT, &kSix, 1)},
       [](float x, size_t) {
         const float gate = std::clamp(x + 3.0f, 0.0f, 6.0f);
         const float product = x * gate;
         return product / 6.0f;
       }},
      {{unary(XQ_HARD_SWISH, 0)},
       [](float x, size_t) {
         const float line = (1.0f / 6.0f) * x;
         return x * std::clamp(line + 0.5f, 0.0f, 1.0f);
       }},
      {{unary(XQ_HARD_SIGMOID, 0, 0.2f, 0.4f), binary(XQ_MUL, 1, 0)},
       [](float x, size_t) {
         const float line = 0.2f * x;
         return x * std::clamp(line + 0.4f, 0.0f, 1.0f);
       }},
      {{unary(XQ_SIGMOID, 0), binary(XQ_MUL, 1, 0)},
       [](float x, size_t) {
         const xq_unary_function f = {XQ_SIGMOID, 0, 0};
         float gate;
         xq_unary_f32(&f, &x, 1, &gate);
         return x * gate;
       }},
  };
}

int32_t expected(const Function& f, int32_t acc, float unit, size_t channel, int32_t low) {
  const float real = static_cast<float>(acc) * unit;
  return exact_quantize(f.of(real, channel), kScale, kZero, low, 127);
}

/// The curve of a stage, where it has one in this implementation.
class Curve {
 public:
  Curve(xq_stage& stage, int32_t low) {
    if (xq_curve_of(&stage, kZero, low, 127, curve_.get()) != 0) stage.curve = curve_.get();
  }

 private:
  std::unique_ptr<xq_curve> curve_ = std::make_unique<xq_curve>();
};

struct Weights {
  std::vector<int8_t> values;
  std::vector<float> unit;
  explicit Weights(Random& random)
      : values(random.s8s(kDepth * kChannels)), unit(random.positives(kChannels, -14, -12)) {}
};

TEST(Stage, StandsBehindAGemmForEveryNumberOfRows) {
  Random random(210);
  const Weights w(random);
  for (size_t m : {1, 3, 4, 9}) {
    const xq_gemm shape = {m, kChannels, kDepth};
    const xq_weights weights = {w.values.data(), XQ_S8, nullptr, 0};
    const std::vector<int8_t> x = random.s8s(m * kDepth);
    const xq_codes codes = {x.data(), XQ_S8, 4};
    with_every_isa([&] {
      auto packed = aligned_memory(xq_gemm_packed_size(&shape));
      auto workspace = aligned_memory(xq_gemm_workspace_size(&shape));
      xq_gemm_pack_weights(&shape, &weights, kChannels, 1, packed.data());
      std::vector<int32_t> acc(m * kChannels);
      xq_gemm_s32(&shape, &codes, packed.data(), nullptr, acc.data(), workspace.data());
      for (const Function& f : functions()) {
        xq_stage stage = {f.steps.data(), f.steps.size(), kScale, nullptr};
        const Curve curve(stage, -100);
        const xq_requant to = {w.unit.data(), kChannels, kZero, -100, 127, &stage};
        std::vector<int8_t> y(acc.size());
        xq_gemm_q8(&shape, &codes, packed.data(), nullptr, &to, XQ_S8, y.data(), workspace.data());
        for (size_t i = 0; i < y.size(); ++i) {
          const size_t c = i % kChannels;
          ASSERT_EQ(y[i], expected(f, acc[i], w.unit[c], c, -100)) << "element " << i;
        }
      }
    });
  }
}

TEST(Stage, StandsBehindEveryKindOfConvolution) {
  Random random(211);
  const xq_conv kinds[] = {
      {1, 5, 8, 1, {1, 9, 40}, {1, 2, 2}, {1, 1, 1}, {1, 1, 1}, {}, {}, {}},   // bands
      {1, 12, 8, 1, {1, 9, 40}, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {}, {}, {}},  // Winograd
      {1, 20, 8, 1, {1, 4, 70}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {}, {}, {}},  // pointwise
      {1, 8, 8, 8, {1, 9, 40}, {1, 5, 4}, {1, 2, 2}, {1, 1, 1}, {}, {}, {}},   // depthwise
      {1, 5, 8, 1, {3, 4, 9}, {2, 2, 1}, {1, 1, 1}, {1, 1, 1}, {}, {}, {}},    // volume
  };
  for (const xq_conv& conv : kinds) {
    const size_t depth =
        conv.in_channels / conv.groups * conv.kernel[0] * conv.kernel[1] * conv.kernel[2];
    const auto unit = random.positives(kChannels, -14, -12);
    const std::vector<int8_t> w = random.s8s(kChannels * depth);
    const std::vector<int8_t> x =
        random.s8s(conv.in_channels * conv.in[0] * conv.in[1] * conv.in[2]);
    const xq_codes codes = {x.data(), XQ_S8, -9};
    const xq_weights weights = {w.data(), XQ_S8, nullptr, 0};
    size_t inner = 1;
    for (size_t d = 0; d < 3; ++d) inner *= xq_conv_out(&conv, d);
    with_every_isa([&] {
      auto packed = aligned_memory(xq_conv_packed_size(&conv));
      auto workspace = aligned_memory(xq_conv_workspace_size(&conv));
      xq_conv_pack(&conv, &weights, packed.data());
      std::vector<int32_t> acc(kChannels * inner);
      xq_conv_s32(&conv, &codes, packed.data(), nullptr, acc.data(), workspace.data());
      for (const Function& f : functions()) {
        xq_stage stage = {f.steps.data(), f.steps.size(), kScale, nullptr};
        const Curve curve(stage, -128);
        const xq_requant to = {unit.data(), kChannels, kZero, -128, 127, &stage};
        std::vector<int8_t> y(acc.size());
        xq_conv_q8(&conv, &codes, packed.data(), nullptr, &to, XQ_S8, y.data(), workspace.data());
        for (size_t i = 0; i < y.size(); ++i) {
          const size_t c = i / inner;
          ASSERT_EQ(y[i], expected(f, acc[i], unit[c], c, -128)) << "element " << i;
        }
      }
    });
  }
}

TEST(Stage, GivesTheZeroPointWhereAGateIsNoNumber) {
  const struct {
    std::vector<xq_step> steps;
    float unit;
    int32_t acc;
  } cases[] = {
      {{unary(XQ_HARD_SWISH, 0)}, 1e35f, -100000},
      {{unary(XQ_HARD_SIGMOID, 0, NAN, 0.5f), binary(XQ_MUL, 0, 1)}, 1.0f, 50},
  };
  for (const auto& c : cases) {
    const xq_stage stage = {c.steps.data(), c.steps.size(), kScale, nullptr};
    const xq_requant to = {&c.unit, 1, kZero, -128, 127, &stage};
    const std::vector<int32_t> acc(20, c.acc);
    std::vector<int8_t> q(acc.size());
    with_every_isa([&] {
      xq_requantize_s32_s8(acc.data(), 1, 1, acc.size(), &to, q.data());
      for (const int8_t code : q) EXPECT_EQ(code, kZero);
    });
  }
}

TEST(Stage, GivesItsRealNumbersToo) {
  const Function f = functions()[1];
  const xq_stage stage = {f.steps.data(), f.steps.size(), kScale, nullptr};
  std::vector<float> x(2 * kChannels * 300), y(x.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 83) - 41.5f;
  xq_stage_f32(&stage, x.data(), 2, kChannels, 300, y.data());
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], f.of(x[i], i / 300 % kChannels));
}

#if defined(GTEST_HAS_DEATH_TEST) && !defined(__riscv)
TEST(StageDeathTest, RefusesAValueThatIsNotThereYet) {
  const xq_step steps[] = {binary(XQ_MUL, 0, 1)};
  const xq_stage stage = {steps, 1, kScale, nullptr};
  float x = 1, y;
  EXPECT_DEATH(xq_stage_f32(&stage, &x, 1, 1, 1, &y), "is_value");
}
#endif

}  // namespace
}  // namespace xquant::int8_test
