// Elementwise functions of several tensors, of float constants of any shape and of flags: the bits
// of the float path, and why what is none stays float.

#include <gtest/gtest.h>

#include "integer/program.h"
#include "integer/quantized_graph.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

ValueId codes(QuantizedGraph& g, const std::string& name, const Shape& shape, float scale) {
  return g.pair(g.input(name, shape), name + "d", scale, 3);
}

/// The operator y, an expression, has the bits of its float form.
void expect_expression(const QuantizedGraph& g, const std::vector<Tensor>& inputs,
                       const std::string& node = "y_node") {
  const Model model = g.model();
  const Lowered lowered = lower(model);
  const Decision found = decision(lowered, node);
  EXPECT_EQ(found.execution, Execution::kInt8) << found.reason;
  EXPECT_EQ(found.reason, "an element-wise expression");
  expect_explained_islands(lowered, model, inputs);
  expect_equal_runs(lowered, model, inputs);
}

TEST(Expression, takes_three_tensors_and_more) {
  for (const char* type : {"Sum", "Min", "Max", "Mean"}) {
    SCOPED_TRACE(type);
    QuantizedGraph g;
    const ValueId a = codes(g, "a", {2, 3, 40}, 0.031F), b = codes(g, "b", {3, 1}, 0.027F);
    const ValueId c = g.dequantize(g.weights("c", {40}), "cd", 0.02F, 5);
    g.output(g.pair(g.op(type, {a, b, c, a}, "y"), "yd", 0.05F, -7));
    expect_expression(g, {random_reals({2, 3, 40}, 1), random_reals({3, 1}, 2)});
  }
}

TEST(Expression, takes_the_mean_of_two) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {2, 40}, 0.027F);
  g.output(g.pair(g.op("Mean", {a, b}, "y"), "yd", 0.05F, -7, DataType::kUint8));
  expect_expression(g, {random_reals({2, 40}, 1), random_reals({2, 40}, 2)});
}

TEST(Expression, takes_float_constants_of_any_shape) {
  const Shape shapes[] = {{1, 4, 3, 5}, {3, 5}, {2, 1, 1, 5}, {4, 3, 1}};
  for (const char* type : {"Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu"}) {
    for (const Shape& shape : shapes) {
      SCOPED_TRACE(std::string(type) + to_string(shape));
      QuantizedGraph g;
      const ValueId x = codes(g, "x", {2, 4, 3, 5}, 0.031F);
      const ValueId c = g.graph.add_constant("c", random_reals(shape, 7));
      g.output(g.pair(g.op(type, {x, c}, "y"), "yd", 0.05F, -7));
      expect_expression(g, {random_reals({2, 4, 3, 5}, 1)});
    }
  }
}

TEST(Expression, chooses_by_flags_of_the_model) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 3, 4}, 0.031F), b = codes(g, "b", {3, 1}, 0.027F);
  const ValueId raw = g.input("raw", {2, 1, 4});
  const ValueId flags = g.op("Greater", {raw, g.constant("zero", {}, {0})}, "flags");
  g.graph.value(flags).type.element = DataType::kUndefined;
  g.output(g.pair(g.op("Where", {flags, a, b}, "y"), "yd", 0.05F, -7));
  expect_expression(
      g, {random_reals({2, 3, 4}, 1), random_reals({3, 1}, 2), random_reals({2, 1, 4}, 3)});
}

TEST(Expression, chooses_by_an_input_and_a_constant) {
  for (const bool is_constant : {false, true}) {
    QuantizedGraph g;
    const ValueId a = codes(g, "a", {2, 2}, 0.031F), b = codes(g, "b", {2, 1}, 0.027F);
    const Tensor mask(DataType::kBool, {2, 2}, std::string("\1\0\0\1", 4));
    const ValueId flags = is_constant ? g.graph.add_constant("flags", mask)
                                      : g.input("flags", {2, 2}, DataType::kBool);
    g.output(g.pair(g.op("Where", {flags, a, b}, "y"), "yd", 0.05F, -7));
    std::vector<Tensor> inputs{random_reals({2, 2}, 1), random_reals({2, 1}, 2)};
    if (!is_constant) inputs.push_back(mask);
    expect_expression(g, inputs);
  }
}

TEST(Expression, goes_on_behind_a_sum) {
  for (const char* type : {"LeakyRelu", "Sigmoid", "HardSwish", "Gelu", "Tanh"}) {
    SCOPED_TRACE(type);
    QuantizedGraph g;
    g.opset = 20;
    const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {40}, 0.027F);
    g.output(g.pair(g.op(type, {g.op("Add", {a, b}, "sum")}, "y"), "yd", 0.05F, -7));
    expect_expression(g, {random_reals({2, 40}, 1), random_reals({40}, 2)});
    EXPECT_EQ(decision(lower(g.model()), "sum_node").reason, "part of 'y_node'");
  }
}

TEST(Expression, multiplies_by_a_gate_and_squares) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {2, 1}, 0.027F);
  const ValueId gate = g.op("Sigmoid", {b}, "gate");
  const ValueId two = g.constant("two", {}, {2});
  const ValueId square = g.op("Pow", {g.op("Sub", {a, b}, "difference"), two}, "square");
  g.output(g.pair(g.op("Mul", {square, gate}, "y"), "yd", 0.05F, -7));
  expect_expression(g, {random_reals({2, 40}, 1), random_reals({2, 1}, 2)});
}

TEST(Expression, normalizes_channels) {
  for (const DataType type : {DataType::kInt8, DataType::kInt16}) {
    QuantizedGraph g;
    g.opset = 21;
    const ValueId a = g.pair(g.input("a", {2, 3, 4, 5}), "ad", 1 / 32.0F, 3, type);
    const ValueId b = codes(g, "b", {3, 1, 1}, 0.027F);
    const ValueId sum = g.op("Add", {a, b}, "sum");
    g.graph.value(sum).type.shape = g.graph.value(g["a"]).type.shape;
    const ValueId y =
        g.op("BatchNormalization",
             {sum, g.constant("scale", {3}, {1, -2, 0.5F}), g.constant("bias", {3}, {0, 0.3F, 1}),
              g.constant("mean", {3}, {0.1F, 0, -1}), g.constant("variance", {3}, {1, 0.3F, 2})},
             "y");
    g.output(g.pair(y, "yd", 0.05F, -7));
    expect_expression(g, {random_reals({2, 3, 4, 5}, 1), random_reals({3, 1, 1}, 2)});
  }
}

TEST(Expression, is_quantized_in_several_ways) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {40}, 0.027F);
  const ValueId sum = g.op("Add", {a, b}, "y");
  g.output(g.pair(sum, "yd", 0.05F, -7));
  g.output(g.pair(sum, "zd", 0.02F, 11, DataType::kUint8));
  expect_expression(g, {random_reals({2, 40}, 1), random_reals({40}, 2)});
}

TEST(Expression, stays_float_where_others_read_its_result) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {40}, 0.027F);
  const ValueId sum = g.op("Sum", {a, b, a}, "y");
  g.output(g.pair(sum, "yd", 0.05F, -7));
  g.output(
      g.op("CumSum", {sum, g.graph.add_constant("axis", Tensor::of<std::int64_t>({}, {1}))}, "z"));
  const Decision found = decision(lower(g.model()), "y_node");
  EXPECT_EQ(found.execution, Execution::kFloat);
  EXPECT_EQ(found.reason, "its result is read in float by CumSum 'z_node'");
}

TEST(Expression, has_eight_operands_at_most) {
  QuantizedGraph g;
  std::vector<ValueId> operands;
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < 9; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    operands.push_back(codes(g, name, {40}, 0.031F));
    inputs.push_back(random_reals({40}, i));
  }
  g.output(g.pair(g.op("Sum", operands, "y"), "yd", 0.05F, -7));
  operands.pop_back();
  g.output(g.pair(g.op("Sum", operands, "z"), "zd", 0.05F, -7));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "it has more operands than the 8 of an expression");
  EXPECT_EQ(decision(lowered, "z_node").reason, "an element-wise expression");
  expect_equal_runs(lowered, model, inputs);
}

TEST(Expression, says_which_operand_is_float) {
  QuantizedGraph g;
  const ValueId a = codes(g, "a", {2, 40}, 0.031F), b = codes(g, "b", {40}, 0.027F);
  g.output(g.pair(g.op("Sum", {a, b, g.input("c", {40})}, "y"), "yd", 0.05F, -7));
  const Decision found = decision(lower(g.model()), "y_node");
  EXPECT_EQ(found.execution, Execution::kFloat);
  EXPECT_EQ(found.reason, "an operand comes in float");
}

/// How the message of a run that is refused calls the operator.
std::string place_of_failure(const QuantizedGraph& g, const std::vector<Tensor>& inputs) {
  const Model model = g.model();
  try {
    runtime::Executor(compile(lower(model), model.opset_imports)).run(inputs);
  } catch (const Error& error) {
    return error.place().node;
  }
  return "";
}

TEST(Messages, name_the_operator_of_the_model_that_an_island_stands_for) {
  const std::vector<Tensor> unlike = {random_reals({2, 3}, 1), random_reals({4}, 2)};
  for (const char* type : {"Add", "Sum", "Min"}) {
    QuantizedGraph g;
    const ValueId a = g.pair(g.input("a", {2, 3}), "ad", 1 / 32.0F, 0);
    const ValueId b = g.pair(g.input("b", {4}), "bd", 1 / 32.0F, 0);
    const ValueId last = std::string(type) == "Sum" ? g.constant("c", {}, {1.0F}) : a;
    std::vector<ValueId> operands{a, b};
    if (std::string(type) != "Add") operands.push_back(last);
    g.output(g.pair(g.op(type, operands, "y"), "yd", 1 / 16.0F, 0));
    EXPECT_EQ(place_of_failure(g, unlike), type + std::string(" 'y_node'"));
  }
}

}  // namespace
}  // namespace xquant::integer
