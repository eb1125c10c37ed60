#include <gtest/gtest.h>

#include "emit/emitted.h"

namespace xquant::emit {
namespace {

using quantize::conv;
using quantize::picture;

TEST(EmittedWeight, KeepsItsNameAndIsInt8BehindOneDequantizeLinear) {
  SmallGraph g;
  g.output(conv(g, picture(g), "y"));
  const Written w(g);
  ASSERT_NE(w.value("y_w"), nullptr);
  EXPECT_EQ(w.value("y_w")->constant->type(), DataType::kInt8);
  EXPECT_EQ(w.operand("y_float", 1), "y_w_dequantized");
  EXPECT_EQ(w.operand("y_w_dequantized", 0), "y_w");
  EXPECT_EQ(w.writer("y_w_dequantized").int_or("axis", -9), 0);
  EXPECT_EQ(w.value("y_w_scale")->constant->shape(), Shape{2});
  EXPECT_EQ(w.value("y_w_float"), nullptr);  // no float copy is left
}

TEST(EmittedWeight, ThatTwoOperatorsShareStaysShared) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId weight = g.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  g.output(g.op("Conv", {x, weight}, "a"));
  g.output(g.op("Conv", {x, weight}, "b"));
  const Written w(g);
  EXPECT_EQ(w.operand("a_float", 1), "w_dequantized");
  EXPECT_EQ(w.operand("b_float", 1), "w_dequantized");
}

TEST(EmittedWeight, KeepsTheFloatFormForFloatReaders) {
  SmallGraph g;
  const ValueId weight = g.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  g.output(g.op("Conv", {picture(g), weight}, "y"));
  g.output(g.op("Exp", {weight}, "z"));
  const Written w(g);
  EXPECT_EQ(w.value("w")->constant->type(), DataType::kFloat);
  EXPECT_EQ(w.operand("z", 0), "w");
  EXPECT_EQ(w.value("w_quantized")->constant->type(), DataType::kInt8);
}

TEST(EmittedWeight, UnderTwoSchemesHasTwoForms) {
  SmallGraph g;
  const ValueId weight = g.constant("w", {2, 2}, {1, 2, 3, 4});
  const ValueId m = g.op("MatMul", {g.input("x", {2, 2}), weight}, "m");
  g.output(g.op("Mul", {m, weight}, "y"));
  const Written w(g);
  EXPECT_NE(w.operand("m_float", 1), w.operand("y_float", 1));
  EXPECT_EQ(w.value("w"), nullptr);
}

TEST(EmittedBias, StaysFloat) {
  SmallGraph g;
  const ValueId weight = g.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  g.output(g.op("Conv", {picture(g), weight, g.constant("b", {2}, {1, 2})}, "y"));
  const Written w(g);
  EXPECT_EQ(w.operand("y_float", 2), "b");
  EXPECT_EQ(w.value("b")->constant->type(), DataType::kFloat);
}

TEST(EmittedWeight, HoldsTheIntegersOfThePlan) {
  SmallGraph g;
  g.output(conv(g, picture(g), "y"));
  Tensor rounded;
  const Written w(g, "spacemit", -1, 1, {}, [&](plan::QuantPlan& plan) {
    const Tensor& weight = *g.graph.constant(plan.constants[0].value);
    const std::vector<std::int8_t> sevens(static_cast<std::size_t>(weight.size()), 7);
    rounded = Tensor::of<std::int8_t>(weight.shape(), sevens);
    plan.constants[0].rounded = rounded;
  });
  EXPECT_EQ(*w.value("y_w")->constant, rounded);
}

TEST(EmittedBias, IsTheOverrideUnderTheOldName) {
  SmallGraph g;
  const ValueId weight = g.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  g.output(g.op("Conv", {picture(g), weight, g.constant("b", {2}, {1, 2})}, "y"));
  const Tensor value = Tensor::of<float>({2}, std::vector<float>{5, 6});
  const Written w(g, "spacemit", -1, 1, {}, [&](plan::QuantPlan& plan) {
    plan.overrides.push_back({{plan.constants[0].use.node, 2}, value});
  });
  EXPECT_EQ(w.operand("y_float", 2), "b");
  EXPECT_EQ(*w.value("b")->constant, value);
  EXPECT_EQ(w.value("b_float"), nullptr);
}

TEST(EmittedBias, IsAddedWhereTheOperatorHadNone) {
  SmallGraph g;
  const ValueId weight = g.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  g.output(g.op("Conv", {picture(g), weight}, "y"));
  const Tensor value = Tensor::of<float>({2}, std::vector<float>{5, 6});
  const Written w(g, "spacemit", -1, 1, {}, [&](plan::QuantPlan& plan) {
    plan.overrides.push_back({{plan.constants[0].use.node, 2}, value});
  });
  EXPECT_EQ(*w.value(w.operand("y_float", 2))->constant, value);
}

TEST(EmittedScalar, IsAScalar) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Mul", {c, g.graph.add_constant("k", Tensor::scalar(0.5F))}, "y"));
  const Written w(g);
  EXPECT_EQ(w.value("k")->constant->shape(), Shape{});
  EXPECT_FALSE(w.writer("k_dequantized").has("axis"));
  EXPECT_EQ(w.value("k_scale")->constant->shape(), Shape{});
}

}  // namespace
}  // namespace xquant::emit
