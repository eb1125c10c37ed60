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
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear QuantizeLinear Pow DequantizeLinear ");
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

Tensor reals_of(const Shape& shape, unsigned seed) {
  return Tensor::of<float>(shape, random_reals(shape, seed).data<float>());
}

/// y = type(x, constant) or type(constant, x) between pairs, as one Table with the float path's
/// bits.
void expect_tables(const std::string& type, const Shape& x_shape, const Shape& constant,
                   bool constant_first) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", x_shape), "xd", 0.031F, 3);
  const ValueId c = g.graph.add_constant("c", reals_of(constant, 7));
  const ValueId y =
      g.op(type, constant_first ? std::vector<ValueId>{c, x} : std::vector<ValueId>{x, c}, "y");
  g.output(g.pair(y, "yd", 0.05F, -9, DataType::kInt8));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  SCOPED_TRACE(type + " " + to_string(x_shape) + " " + to_string(constant));
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ");
  EXPECT_EQ(decision(lowered, "y_node").reason, "a table of 256 entries for each channel");
  expect_equal_runs(lowered, model, {random_reals(x_shape, 4)});
}

TEST(Tables, hold_an_operator_whose_other_operand_is_a_constant_of_channels) {
  for (const char* type : {"Add", "Sub", "Mul", "Div", "Min", "Max", "Pow", "Sum"}) {
    for (const bool constant_first : {false, true}) {
      expect_tables(type, {2, 5, 3, 4}, {5, 1, 1}, constant_first);
      expect_tables(type, {2, 5, 3, 4}, {1, 5, 1, 1}, constant_first);
      expect_tables(type, {2, 3, 70}, {70}, constant_first);
      expect_tables(type, {2, 3, 4}, {2, 1, 1}, constant_first);
    }
  }
  expect_tables("PRelu", {2, 5, 3, 4}, {5, 1, 1}, false);
}

TEST(Tables, widen_what_has_one_channel_or_fewer_dimensions) {
  expect_tables("Add", {2, 1, 6}, {5, 1}, false);
  expect_tables("Mul", {6}, {5, 1}, true);
  expect_tables("Max", {3, 6}, {1, 5, 1, 1}, false);
  expect_tables("Sub", {3, 1}, {5}, true);
}

TEST(Tables, hold_chains_and_what_a_constant_chooses) {
  QuantizedGraph g;
  ValueId x = g.pair(g.input("x", {2, 5, 3, 4}), "xd", 0.031F, 120, DataType::kUint8);
  const ValueId mask = g.graph.add_constant(
      "mask", Tensor(DataType::kBool, {5, 1, 1}, std::string("\1\0\0\1\1", 5)));
  x = g.op("Sigmoid", {g.op("Mul", {x, g.graph.add_constant("a", reals_of({1, 5, 1, 1}, 2))}, "m")},
           "s");
  x = g.op("Add", {g.graph.add_constant("b", reals_of({5, 1, 1}, 3)), x}, "p");
  x = g.op("Where", {mask, x, g.constant("else", {}, {-0.5F})}, "y");
  g.output(g.pair(x, "yd", 0.05F, -9));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({2, 5, 3, 4}, 4)});
}

TEST(Tables, are_a_batch_normalization_that_stands_alone) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 5, 7}), "xd", 0.031F, 3);
  const auto factors = [&](const char* name, const std::vector<float>& values) {
    return g.constant(name, {5}, values);
  };
  const ValueId y =
      g.op("BatchNormalization",
           {x, factors("s", {1, -2, 0.3F, 4, 0.7F}), factors("b", {0, 1, 2, -3, 0.1F}),
            factors("m", {0.2F, 0, -1, 1, 3}), factors("v", {1, 2, 0.1F, 0.5F, 9})},
           "y");
  g.output(g.pair(g.op("Relu", {y}, "r"), "yd", 0.05F, -128));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Table DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({2, 5, 7}, 4)});
}

TEST(Tables, are_not_made_for_constants_of_two_places_or_too_many_channels) {
  for (const Shape& second : {Shape{5}, Shape{5, 5, 1}, Shape{5, 1, 1, 1}}) {
    QuantizedGraph g;
    ValueId x = g.pair(g.input("x", {5, 5, 5, 5}), "xd", 0.031F, 3);
    x = g.op("Mul", {x, g.graph.add_constant("a", reals_of({5, 1, 1}, 2))}, "m");
    x = g.op("Add", {x, g.graph.add_constant("b", reals_of(second, 3))}, "y");
    g.output(g.pair(x, "yd", 0.05F, -9));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").reason, "an element-wise expression");
    expect_equal_runs(lowered, model, {random_reals({5, 5, 5, 5}, 4)});
  }
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 2049}), "xd", 0.031F, 3);
  g.output(g.pair(g.op("Mul", {x, g.graph.add_constant("a", reals_of({2049}, 2))}, "y"), "yd",
                  0.05F, 1));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason, "an element-wise expression");
}

}  // namespace
}  // namespace xquant::integer
