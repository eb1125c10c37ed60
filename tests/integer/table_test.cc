// Elementwise functions of one tensor become tables with the bits of the float kernels.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

TEST(Table, holds_any_chain_of_elementwise_operators) {
  for (const DataType type : {DataType::kInt8, DataType::kUint8}) {
    QuantizedGraph g;
    const ValueId x =
        g.pair(g.input("x", {1, 300}), "xd", 0.031F, type == DataType::kInt8 ? 3 : 130, type);
    const ValueId gate = g.op("Sigmoid", {x}, "s");
    const ValueId silu = g.op("Mul", {x, gate}, "m");
    const ValueId scaled = g.op("Mul", {silu, g.constant("c", {}, {0.7F})}, "d");
    g.output(g.pair(scaled, "yd", 0.017F, 11));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ");
    EXPECT_EQ(decision(lowered, "s_node").execution, Execution::kInt8);
    EXPECT_EQ(decision(lowered, "d_node").reason, "a table of 256 entries");
    expect_equal_runs(lowered, model, {random_reals({1, 300}, 4)});
  }
}

TEST(Table, holds_every_function_of_one_tensor) {
  for (const std::string type : {"Abs",
                                 "Acos",
                                 "Acosh",
                                 "Asin",
                                 "Asinh",
                                 "Atan",
                                 "Atanh",
                                 "Ceil",
                                 "Celu",
                                 "Cos",
                                 "Cosh",
                                 "Elu",
                                 "Erf",
                                 "Exp",
                                 "Floor",
                                 "Gelu",
                                 "HardSwish",
                                 "Log",
                                 "LeakyRelu",
                                 "Mish",
                                 "Neg",
                                 "Relu",
                                 "Round",
                                 "Selu",
                                 "Sign",
                                 "Sigmoid",
                                 "Sin",
                                 "Sinh",
                                 "Softplus",
                                 "Softsign",
                                 "Sqrt",
                                 "Shrink",
                                 "Tan",
                                 "Tanh",
                                 "Reciprocal",
                                 "HardSigmoid",
                                 "ThresholdedRelu",
                                 "com.microsoft.FastGelu",
                                 "com.microsoft.QuickGelu"}) {
    QuantizedGraph g;
    g.opset = 22;
    const ValueId x = g.pair(g.input("x", {1, 300}), "xd", 0.031F, 3);
    const std::size_t dot = type.rfind('.');
    const ValueId y = g.op(dot == std::string::npos ? type : type.substr(dot + 1), {x}, "y");
    if (dot != std::string::npos)
      g.graph.node(g.graph.value(y).producer).domain = type.substr(0, dot);
    g.output(g.pair(y, "yd", 0.017F, 11));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ") << type;
    expect_equal_runs(lowered, model, {random_reals({1, 300}, 4)});
  }
}

TEST(Table, leaves_a_value_that_is_also_read_in_float) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 30}), "xd", 0.031F, 0);
  const ValueId y = g.op("Tanh", {x}, "t");
  g.output(y);
  g.output(g.pair(y, "yd", 1 / 127.0F, 0));
  const Model model = g.model();
  expect_equal_runs(lower(model), model, {random_reals({1, 30}, 4)});
}

TEST(Table, does_not_take_what_reads_two_tensors) {
  QuantizedGraph g;
  const ValueId a = g.pair(g.input("a", {1, 30}), "ad", 0.031F, 0);
  const ValueId b = g.pair(g.input("b", {1, 30}), "bd", 0.011F, 0);
  g.output(g.pair(g.op("Pow", {a, b}, "p"), "yd", 0.05F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "p_node").execution, Execution::kFloat);
  expect_equal_runs(lowered, model, {random_reals({1, 30}, 4), random_reals({1, 30}, 5)});
}

TEST(Table, changes_scale_and_type_between_two_pairs) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 300}), "xd", 0.031F, 3);
  g.output(g.pair(x, "yd", 0.02F, 100, DataType::kUint8));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({1, 300}, 4)});
}

}  // namespace
}  // namespace xquant::integer
