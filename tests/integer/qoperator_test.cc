// Models in QOperator form run as the same islands as QDQ models.

#include <gtest/gtest.h>

#include "integer/edit.h"
#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

TEST(QLinearConv, is_a_conv_with_an_int32_bias) {
  QuantizedGraph g;
  const DataType type = DataType::kUint8;
  const ValueId x = g.quantize(g.input("x", {1, 3, 6, 6}), "xq", 1 / 32.0F, 120, type);
  const ValueId b = g.graph.add_constant("b", Tensor::of<std::int32_t>({4}, {100, -200, 7, 0}));
  const ValueId y =
      g.op("QLinearConv",
           {x, g.scale(1 / 32.0F), g.zero(120, type), g.weights("w", {4, 3, 3, 3}),
            g.scale(1 / 128.0F), g.zero(0, DataType::kInt8), g.scale(0.5F), g.zero(128, type), b},
           "y");
  g.graph.value(y).type.element = type;
  g.output(y);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Conv ");
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  expect_equal_runs(lowered, model, {random_reals({1, 3, 6, 6}, 3)});
}

TEST(QLinearWhere, is_an_expression) {
  QuantizedGraph g;
  const DataType type = DataType::kUint8;
  const ValueId x = g.quantize(g.input("x", {2, 6}), "xq", 1 / 32.0F, 120, type);
  const Tensor flags(DataType::kBool, {6}, std::string("\1\0\0\1\1\0", 6));
  const ValueId y =
      g.op("QLinearWhere",
           {g.graph.add_constant("flags", flags), x, g.scale(1 / 32.0F), g.zero(120, type), x,
            g.scale(1 / 16.0F), g.zero(10, type), g.scale(0.05F), g.zero(128, type)},
           "y");
  g.graph.node(g.graph.value(y).producer).domain = "com.microsoft";
  g.graph.value(y).type.element = type;
  g.output(y);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "an element-wise expression");
  expect_equal_runs(lowered, model, {random_reals({2, 6}, 3)});
}

TEST(QLinearAdd, without_all_of_its_operands_stays_as_it_is) {
  // Found by removing operands; what a missing tensor's name was read from was no tensor.
  for (const std::size_t operands : {std::size_t{1}, std::size_t{3}, std::size_t{5}}) {
    QuantizedGraph g;
    const DataType type = DataType::kInt8;
    const ValueId x = g.quantize(g.input("x", {2, 6}), "xq", 1 / 32.0F, 1, type);
    const ValueId all[] = {x, g.scale(0.03F), g.zero(1, type), x, g.scale(0.03F), g.zero(1, type)};
    const ValueId y =
        g.op("QLinearAdd", std::vector<ValueId>(std::begin(all), std::begin(all) + operands), "y");
    g.graph.node(g.graph.value(y).producer).domain = "com.microsoft";
    g.output(y);
    const Lowered lowered = lower(g.model());
    EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear QLinearAdd ");
  }
}

TEST(QLinearMatMul, runs_with_constant_weights) {
  QuantizedGraph g;
  const DataType type = DataType::kInt8;
  const ValueId x = g.quantize(g.input("x", {2, 8}), "xq", 1 / 32.0F, 1);
  const ValueId y = g.op("QLinearMatMul",
                         {x, g.scale(1 / 32.0F), g.zero(1, type), g.weights("w", {8, 5}),
                          g.scale(1 / 128.0F), g.zero(0, type), g.scale(0.25F), g.zero(2, type)},
                         "y");
  g.graph.value(y).type.element = type;
  g.output(y);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  expect_equal_runs(lowered, model, {random_reals({2, 8}, 3)});
}

}  // namespace
}  // namespace xquant::integer
