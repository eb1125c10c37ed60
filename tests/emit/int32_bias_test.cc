#include "emit/int32_bias.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"

namespace xquant::emit {
namespace {

ValueId scalar(SmallGraph& g, const std::string& name, float value) {
  return g.graph.add_constant(name, Tensor::scalar<float>(value));
}

/// Conv of two output channels as emission writes it: int8 operands behind DequantizeLinear.
struct EmittedConv {
  SmallGraph g;

  EmittedConv(const std::vector<float>& weight_scales, const std::vector<float>& bias,
              float input_scale = 0.1F) {
    const ValueId zero = g.graph.add_constant("zero", Tensor::scalar<std::int8_t>(0));
    const ValueId x =
        g.op("DequantizeLinear",
             {g.input("x", {1, 1, 2, 2}, DataType::kInt8), scalar(g, "x_scale", input_scale), zero},
             "x_real");
    const std::vector<std::int8_t> integers{100, -100};
    const ValueId w = g.graph.add_constant("w", Tensor::of<std::int8_t>({2, 1, 1, 1}, integers));
    const std::vector<std::int8_t> zeros{0, 0};
    const ValueId scales = g.constant("w_scale", {2}, weight_scales);
    const ValueId points = g.graph.add_constant("w_zero", Tensor::of<std::int8_t>({2}, zeros));
    const ValueId weight =
        g.op("DequantizeLinear", {w, scales, points}, "w_real", {{"axis", std::int64_t{0}}});
    g.output(g.op("Conv", {x, weight, g.constant("b", {2}, bias)}, "y"));
  }
};

TEST(Int32Bias, HasTheScaleOfTheProductsBitByBit) {
  EmittedConv c({0.3F, 0.007F}, {1.0F, -2.0F});
  Diagnostics diagnostics;
  EXPECT_EQ(quantize_biases(c.g.graph, diagnostics), 1U);
  const Graph& graph = c.g.graph;
  EXPECT_EQ(floats(graph, "b_scale"), (std::vector<float>{0.1F * 0.3F, 0.1F * 0.007F}));
  const Tensor& bias = *graph.constant(graph.find_value("b"));
  const auto values = bias.data<std::int32_t>();
  EXPECT_EQ(values[0], 33);     // 1 / 0.03
  EXPECT_EQ(values[1], -2857);  // -2 / 0.0007
  const Node& node = graph.node(graph.value(graph.outputs[0]).producer);
  const Node& dequantize = graph.node(graph.value(node.input(2)).producer);
  EXPECT_EQ(dequantize.int_or("axis", -1), 0);
  EXPECT_TRUE(diagnostics.items().empty());
}

TEST(Int32Bias, StaysFloatWhereASumCouldOverflow) {
  EmittedConv c({0.3F, 1e-8F}, {1.0F, 3.0F});  // 3 / 1e-9 is above 2^31
  Diagnostics diagnostics;
  EXPECT_EQ(quantize_biases(c.g.graph, diagnostics), 0U);
  EXPECT_EQ(floats(c.g.graph, "b"), (std::vector<float>{1.0F, 3.0F}));
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-EMT-001");
  EXPECT_EQ(diagnostics.items()[0].place.tensor, "b");
}

TEST(Int32Bias, StaysFloatWhereItsScaleWouldBeInfinite) {
  // 0 times that scale is no number: the model could not run.
  EmittedConv c({0.3F, 1e38F}, {1.0F, 3.0F}, 1e2F);
  Diagnostics diagnostics;
  EXPECT_EQ(quantize_biases(c.g.graph, diagnostics), 0U);
  EXPECT_EQ(floats(c.g.graph, "b"), (std::vector<float>{1.0F, 3.0F}));
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-EMT-001");
  EXPECT_NE(diagnostics.items()[0].message.find("infinite"), std::string::npos);
}

TEST(Int32Bias, OfAFloatOperatorStaysFloat) {
  SmallGraph g;
  const ValueId w = g.constant("w", {2, 1, 1, 1}, {1, 2});
  g.output(g.op("Conv", {g.input("x", {1, 1, 2, 2}), w, g.constant("b", {2}, {1, 2})}, "y"));
  Diagnostics diagnostics;
  EXPECT_EQ(quantize_biases(g.graph, diagnostics), 0U);
  EXPECT_TRUE(diagnostics.items().empty());
}

}  // namespace
}  // namespace xquant::emit
