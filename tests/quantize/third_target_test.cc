#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "quantize/calibrate/calibrate.h"
#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// A chip with symmetric activations, scales that are powers of two, and an int8 Tanh: nothing in
/// the code knows it.
const std::string kThird = R"({
  "name": "third",
  "description": "Symmetric activations, shifts in place of scales.",
  "quantizable": ["MatMul", "Tanh", "Add", "Transpose"],
  "computing": ["MatMul"],
  "pass_through": ["Transpose"],
  "fused_activations": {"after_any": [], "after_computing": ["Tanh"]},
  "fused_matmul_bias": false,
  "float_results": {"Add": 0},
  "weights": {"MatMul": {"granularity": "channel", "power_of_two": true}},
  "activations": {"symmetric": true, "power_of_two": true},
  "pass_through_qdq": "always"
})";

std::string without(std::string text, const std::string& part) {
  return text.replace(text.find(part), part.size(), "");
}

bool is_power_of_two(float scale) {
  int exponent = 0;
  return std::frexp(scale, &exponent) == 0.5F;
}

plan::QuantPlan calibrated(const SmallGraph& g, const plan::Target& target) {
  const auto program = runtime::Program::compile(g.graph, kOpsets);
  const std::vector<Tensor> inputs{Tensor::of<float>({2, 2}, std::vector<float>{1, -2, 3, 0.5F})};
  plan::QuantPlan plan = make_plan(g.graph, trace(g.graph, program, inputs), target, {});
  ActivationStats stats;
  for (const plan::Group& group : plan.groups) {
    stats.try_emplace(group.root, TensorStats::Detail::kHistogram);
    const std::vector<float> seen{-3.0F, 1.0F};
    stats.at(group.root).observe(seen, 0);
  }
  for (plan::Group& group : plan.groups) group.rule.type = config::CalibrationType::kMinmax;
  choose_activation_params(g.graph, stats, plan);
  Diagnostics diagnostics;
  choose_constant_params(g.graph, plan, diagnostics);
  return plan;
}

TEST(ThirdTarget, NeedsNoCode) {
  SmallGraph g;
  const ValueId w = g.constant("w", {2, 2}, {1, 100, 2, 300});
  const ValueId product = g.op("MatMul", {g.input("x", {2, 2}), w}, "product");
  const ValueId curved = g.op("Tanh", {product}, "curved");
  const ValueId moved = g.op("Transpose", {curved}, "moved");
  const ValueId relu = g.op("Relu", {moved}, "relu");
  g.output(g.op("Add", {g.op("MatMul", {relu, w}, "again"), moved}, "y"));
  const plan::QuantPlan plan = calibrated(g, plan::parse_target(kThird));
  const auto node = [&](const std::string& value) -> const plan::NodePlan& {
    return plan.node(g.graph.value(g[value]).producer);
  };
  EXPECT_TRUE(node("curved").quantized);
  EXPECT_FALSE(node("relu").quantized);
  EXPECT_TRUE(plan.inner.contains(g["product"]));
  EXPECT_EQ(plan.group_of.at(g["curved"]), plan.group_of.at(g["moved"]));
  EXPECT_FALSE(plan.group_of.contains(g["y"]));
  for (const plan::Group& group : plan.groups) {
    EXPECT_EQ(group.params.zero_points[0], 0);
    EXPECT_EQ(group.params.scales[0], 1.0F / 32.0F);  // the power of two above 3 / 127
  }
  const auto& scales = plan.constants[0].params.scales;
  ASSERT_EQ(scales.size(), 2U);
  EXPECT_TRUE(std::all_of(scales.begin(), scales.end(), is_power_of_two));
  EXPECT_LT(scales[0], scales[1]);
}

TEST(ThirdTarget, WeightSchemeReplacesItsOwnForEveryOperator) {
  plan::Target target = plan::parse_target(kThird);
  target.weights["BatchMatMul"] = {.per_channel = true};
  target = with_weight_scheme(target, config::WeightScheme::kPerTensor);
  for (const auto& [type, rule] : target.weights) {
    EXPECT_FALSE(rule.per_channel || rule.power_of_two) << type;
  }
}

TEST(ThirdTarget, WithoutAnEntryIsRefusedByItsName) {
  try {
    plan::parse_target(without(kThird, "\"computing\": [\"MatMul\"],"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-CFG-041");
    EXPECT_EQ(error.place().pointer, "/computing");
  }
}

TEST(ThirdTarget, WithAnUnknownEntryOrValueIsRefused) {
  std::string misspelt = kThird;
  misspelt.replace(misspelt.find("float_results"), 13, "floats");
  EXPECT_THROW(plan::parse_target(misspelt), Error);
  std::string rows = kThird;
  rows.replace(rows.find("\"channel\""), 9, "\"row\"");
  EXPECT_THROW(plan::parse_target(rows), Error);
  EXPECT_THROW(plan::parse_target("no JSON"), Error);
}

TEST(ActivationParams, WithAPowerOfTwoKeepTheWholeRange) {
  const plan::QuantParams params = activation_params({-1.0, 3.0}, {.power_of_two = true});
  EXPECT_EQ(params.scales[0], 1.0F / 32.0F);  // above 4 / 255
  EXPECT_EQ(params.zero_points[0], -96);
  EXPECT_EQ(activation_params({-1.0, 3.0}, {}), asymmetric_params({-1.0, 3.0}));
}

}  // namespace
}  // namespace xquant::quantize
