#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/build_graph.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

const OpsetImports kOpset{{"", 21}};

template <typename T>
Tensor list(const std::vector<T>& values) {
  return Tensor::of<T>({static_cast<std::int64_t>(values.size())}, values);
}

template <typename T>
std::vector<T> values_of(const Tensor& tensor) {
  return {tensor.data<T>().begin(), tensor.data<T>().end()};
}

Tensor run(const std::string& op_type, const std::vector<Tensor>& operands,
           Attributes attributes = {}) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& operand : operands) pointers.push_back(&operand);
  Node node{.name = "q", .op_type = op_type, .outputs = {ValueId(0)}};
  node.attributes = std::move(attributes);
  return evaluate(node, kOpset, pointers).at(0);
}

TEST(QuantizeLinear, RoundsHalvesToEvenThenAddsTheZeroPoint) {
  const Tensor x = list<float>({0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.49999997f});
  const Tensor q = run("QuantizeLinear", {x, Tensor::scalar(1.0f), Tensor::scalar(std::int8_t{1})});
  EXPECT_EQ(values_of<std::int8_t>(q), (std::vector<std::int8_t>{1, 3, 3, 1, -1, -1, 1}));
}

TEST(QuantizeLinear, SaturatesAndTakesNaNAsZero) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = list<float>({inf, -inf, std::nanf(""), 1e30f, -1e30f, -0.0f, 127.5f, -128.5f});
  const Tensor s8 =
      run("QuantizeLinear", {x, Tensor::scalar(1.0f), Tensor::scalar(std::int8_t{3})});
  EXPECT_EQ(values_of<std::int8_t>(s8),
            (std::vector<std::int8_t>{127, -128, 3, 127, -128, 3, 127, -125}));
  const Tensor u8 =
      run("QuantizeLinear", {x, Tensor::scalar(1.0f), Tensor::scalar(std::uint8_t{3})});
  EXPECT_EQ(values_of<std::uint8_t>(u8), (std::vector<std::uint8_t>{255, 0, 3, 255, 0, 3, 131, 0}));
  const Tensor s16 =
      run("QuantizeLinear", {x, Tensor::scalar(1.0f), Tensor::scalar(std::int16_t{3})});
  EXPECT_EQ(values_of<std::int16_t>(s16),
            (std::vector<std::int16_t>{32767, -32768, 3, 32767, -32768, 3, 131, -125}));
}

TEST(QuantizeLinear, DividesByTheScale) {
  // Multiplying by the rounded reciprocal of 0.1f would give 2.5000002 and round up.
  const float scale = 0.1f, x = 0.25f;
  const Tensor q = run("QuantizeLinear",
                       {list<float>({x}), Tensor::scalar(scale), Tensor::scalar(std::int8_t{0})});
  EXPECT_EQ(values_of<std::int8_t>(q)[0], static_cast<std::int8_t>(std::nearbyint(x / scale)));
}

TEST(QuantizeLinear, TakesAScaleForEachChannel) {
  const Tensor x = Tensor::of<float>({2, 2}, std::vector<float>{1.0f, 1.0f, 3.0f, 3.0f});
  const Tensor scale = list<float>({0.5f, 1.0f}), zero = list<std::uint8_t>({0, 10});
  EXPECT_EQ(
      values_of<std::uint8_t>(run("QuantizeLinear", {x, scale, zero}, {{"axis", std::int64_t{1}}})),
      (std::vector<std::uint8_t>{2, 11, 6, 13}));
  EXPECT_EQ(
      values_of<std::uint8_t>(run("QuantizeLinear", {x, scale, zero}, {{"axis", std::int64_t{0}}})),
      (std::vector<std::uint8_t>{2, 2, 13, 13}));
}

TEST(QuantizeLinear, TakesAScaleForEachElementInBlocksOfOne) {
  const Tensor x = Tensor::of<float>({2, 2}, std::vector<float>{1.0f, 1.0f, 3.0f, 3.0f});
  const Tensor scale = Tensor::of<float>({2, 2}, std::vector<float>{0.5f, 0.25f, 1.0f, 3.0f});
  const Attributes blocks{{"axis", std::int64_t{1}}, {"block_size", std::int64_t{1}}};
  const Tensor q = run("QuantizeLinear", {x, scale}, blocks);
  EXPECT_EQ(values_of<std::uint8_t>(q), (std::vector<std::uint8_t>{2, 4, 3, 1}));
  EXPECT_EQ(values_of<float>(run("DequantizeLinear", {q, scale}, blocks)), values_of<float>(x));
}

TEST(DynamicQuantizeLinear, CoversTheRangeAndZeroAndSkipsNaN) {
  const auto dynamic = [](const std::vector<float>& x) {
    const Tensor tensor = list<float>(x);
    const Tensor* pointer = &tensor;
    const Node node{.name = "q",
                    .op_type = "DynamicQuantizeLinear",
                    .outputs = {ValueId(0), ValueId(1), ValueId(2)}};
    return evaluate(node, kOpset, std::span(&pointer, 1));
  };
  const std::vector<Tensor> three = dynamic({-1.0f, std::nanf(""), 4.1f, 0.0f});
  EXPECT_EQ(values_of<float>(three[1])[0], 5.1f / 255.0f);
  EXPECT_EQ(values_of<std::uint8_t>(three[2])[0], 50);
  EXPECT_EQ(values_of<std::uint8_t>(three[0]), (std::vector<std::uint8_t>{0, 50, 255, 50}));
  EXPECT_THROW(dynamic({-3e38f, 3e38f}), Error);
}

TEST(DequantizeLinear, SubtractsExactlyAndMultipliesOnce) {
  const Tensor q = list<std::int8_t>({-128, 0, 127});
  const Tensor x =
      run("DequantizeLinear", {q, Tensor::scalar(0.1f), Tensor::scalar(std::int8_t{-128})});
  EXPECT_EQ(values_of<float>(x), (std::vector<float>{0.0f, 128.0f * 0.1f, 255.0f * 0.1f}));
  const Tensor bias = list<std::int32_t>({-2000000000, 16777217});
  EXPECT_EQ(values_of<float>(run("DequantizeLinear", {bias, Tensor::scalar(0.5f)})),
            (std::vector<float>{-1000000000.0f, 8388608.0f}));
}

TEST(DequantizeLinear, UndoesQuantizationOfRepresentableValues) {
  std::vector<std::int8_t> all;
  for (int i = -128; i <= 127; ++i) all.push_back(static_cast<std::int8_t>(i));
  for (const float scale : {0.1f, 3e-5f, 7.25f}) {
    const Tensor s = Tensor::scalar(scale), z = Tensor::scalar(std::int8_t{-7});
    const Tensor again = run("QuantizeLinear", {run("DequantizeLinear", {list(all), s, z}), s, z});
    EXPECT_EQ(values_of<std::int8_t>(again), all);
  }
}

TEST(QuantizeLinear, RefusesAScaleThatIsNotPositive) {
  for (const float scale : {0.0f, -1.0f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    EXPECT_THROW(run("QuantizeLinear", {list<float>({1.0f}), Tensor::scalar(scale)}), Error);
  }
}

TEST(QuantizeLinear, RefusesABadScaleThatComesAfterGoodOnes) {
  const Graph graph = GraphBuilder().node("QuantizeLinear", {"x", "scale"}, {"y"}).build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  const Tensor x = list<float>({1.0f});
  executor.run({{x, Tensor::scalar(1.0f)}});
  EXPECT_THROW(executor.run({{x, Tensor::scalar(std::nanf(""))}}), Error);
  EXPECT_EQ(values_of<std::uint8_t>(executor.run({{x, Tensor::scalar(0.5f)}}).at(0))[0], 2);
}

}  // namespace
}  // namespace xquant::runtime
