// Quantized tensors of 16 bits: operators on real numbers, expressions, tables, movements and
// products take them.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

constexpr float kScale = 0.00013F;

ValueId wide(QuantizedGraph& g, const std::string& name, const Shape& shape,
             DataType type = DataType::kInt16) {
  return g.pair(g.input(name, shape), name + "d", kScale, type == DataType::kInt16 ? 300 : 31000,
                type);
}

/// y, of 16 bits and of 8, has the bits of its float form.
void expect_integers(QuantizedGraph& g, ValueId y, const std::vector<Tensor>& inputs,
                     const std::string& reason) {
  g.output(g.pair(y, "yd", kScale * 1.3F, 500, DataType::kInt16));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  const Decision found = decision(lowered, "y_node");
  EXPECT_EQ(found.execution, Execution::kInt8);
  EXPECT_EQ(found.reason, reason);
  expect_explained_islands(lowered, model, inputs);
  expect_equal_runs(lowered, model, inputs);
}

TEST(SixteenBits, are_added_and_bounded) {
  for (const DataType type : {DataType::kInt16, DataType::kUint16}) {
    QuantizedGraph g;
    g.opset = 21;
    const ValueId a = wide(g, "a", {2, 40}), b = wide(g, "b", {40}, type);
    const ValueId y = g.op("Add", {a, b}, "y");
    const ValueId bounded = g.op("Clip", {y, g.constant("low", {}, {-0.5F})}, "r");
    expect_integers(g, bounded, {random_reals({2, 40}, 1), random_reals({40}, 2)}, "in 16 bits");
  }
}

TEST(SixteenBits, meet_eight) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId a = wide(g, "a", {2, 40}), b = g.pair(g.input("b", {40}), "bd", 0.031F, 3);
  expect_integers(g, g.op("Mul", {a, b}, "y"), {random_reals({2, 40}, 1), random_reals({40}, 2)},
                  "in 16 bits");
}

TEST(SixteenBits, become_eight) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId a = wide(g, "a", {2, 40});
  g.output(g.pair(g.op("Sigmoid", {a}, "y"), "yd", 1 / 256.0F, -128));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "an element-wise expression");
  expect_equal_runs(lowered, model, {random_reals({2, 40}, 1)});
}

TEST(SixteenBits, are_reduced_along_any_axes) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId axes = g.graph.add_constant("axes", Tensor::of<std::int64_t>({2}, {0, 2}));
  const ValueId a = wide(g, "a", {2, 3, 5});
  expect_integers(g, g.op("ReduceMean", {a, axes}, "y"), {random_reals({2, 3, 5}, 1)},
                  "in 16 bits");
}

TEST(SixteenBits, are_moved) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {2, 3, 4, 5});
  ValueId y = g.op("Transpose", {x}, "t", {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
  const auto ints = [&](const std::string& name, const std::vector<std::int64_t>& values) {
    return g.integers(name, values);
  };
  y = g.op("Reshape", {y, ints("to", {2, 20, 3})}, "r");
  y = g.op("Pad", {y, ints("pads", {0, 1, 0, 0, 2, 1}), g.constant("fill", {}, {7 * kScale})}, "p");
  y = g.op("Slice", {y, ints("from", {1}), ints("until", {9}), ints("axis", {1})}, "s");
  y = g.op("Gather", {y, ints("index", {1, 0})}, "g");
  const ValueId both = g.op("Concat", {y, y}, "c", {{"axis", std::int64_t{2}}});
  g.output(both);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  for (const char* name : {"t_node", "r_node", "p_node", "s_node", "g_node", "c_node"}) {
    EXPECT_EQ(decision(lowered, name).reason, "moves 16-bit elements") << name;
    EXPECT_EQ(decision(lowered, name).execution, Execution::kInt8) << name;
  }
  expect_equal_runs(lowered, model, {random_reals({2, 3, 4, 5}, 1)});
}

TEST(SixteenBits, are_concatenated_with_eight) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId a = wide(g, "a", {2, 4}), b = g.pair(g.input("b", {2, 5}), "bd", 0.031F, 3);
  const ValueId y = g.op("Concat", {a, b}, "y", {{"axis", std::int64_t{1}}});
  expect_integers(g, y, {random_reals({2, 4}, 1), random_reals({2, 5}, 2)},
                  "moves 16-bit elements");
}

// Conv, with a bias beyond int32 and a function behind it.
TEST(SixteenBits, are_convolved) {
  for (const DataType weights : {DataType::kInt8, DataType::kInt16}) {
    QuantizedGraph g;
    g.opset = 21;
    const ValueId x = wide(g, "x", {2, 3, 6, 7}, DataType::kUint16);
    const ValueId w = g.dequantize(g.weights("w", {4, 3, 3, 3}, weights), "wd",
                                   weights == DataType::kInt8 ? 0.01F : 0.00003F, 0, weights);
    const ValueId bias = g.constant("b", {4}, {0.5F, -3.0F, 40.0F, 0.0F});
    const ValueId y =
        g.op("Conv", {x, w, bias}, "y", {{"pads", std::vector<std::int64_t>{1, 0, 1, 2}}});
    const ValueId leaky = g.op("LeakyRelu", {y}, "l", {{"alpha", 0.1F}});
    g.output(g.pair(leaky, "yd", kScale * 1.3F, 500, DataType::kInt16));
    expect_explained(g, {random_reals({2, 3, 6, 7}, 1)});
    EXPECT_EQ(decision(lower(g.model()), "y_node").reason, "in 16 bits");
  }
}

TEST(SixteenBits, are_convolved_transposed) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {2, 3, 4, 5});
  const ValueId w = g.dequantize(g.weights("w", {3, 2, 3, 2}), "wd", 0.01F, 0);
  const ValueId y =
      g.op("ConvTranspose", {x, w}, "y", {{"strides", std::vector<std::int64_t>{2, 1}}});
  expect_integers(g, y, {random_reals({2, 3, 4, 5}, 1)}, "in 16 bits");
}

TEST(SixteenBits, are_multiplied_and_bounded) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {5, 16});
  const ValueId w = g.dequantize(g.weights("w", {16, 3}), "wd", 0.01F, 0);
  const ValueId y = g.op("Gemm", {x, w, g.constant("b", {3}, {0.5F, -0.25F, 1.0F})}, "y");
  expect_integers(g, g.op("Relu", {y}, "r"), {random_reals({5, 16}, 1)}, "in 16 bits");
}

TEST(SixteenBits, of_two_activations_are_multiplied) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId a = wide(g, "a", {2, 5, 16}), b = wide(g, "b", {16, 7}, DataType::kUint16);
  expect_integers(g, g.op("MatMul", {a, b}, "y"),
                  {random_reals({2, 5, 16}, 1), random_reals({16, 7}, 2)}, "in 16 bits");
}

/// Eight bits times eight, written in 16.
TEST(SixteenBits, are_the_result_of_eight) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = g.pair(g.input("x", {4, 16}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {16, 3}), "wd", 0.01F, 0);
  expect_integers(g, g.op("MatMul", {x, w}, "y"), {random_reals({4, 16}, 1)}, "in 16 bits");
}

/// No QuantizeLinear behind the product.
TEST(SixteenBits, become_real_numbers) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {4, 16}), z = wide(g, "z", {16, 2});
  const ValueId w = g.dequantize(g.weights("w", {16, 3}), "wd", 0.01F, 0);
  g.output(g.op("MatMul", {x, w}, "y"));
  g.output(g.op("MatMul", {x, z}, "v"));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8ToFloat);
  EXPECT_EQ(decision(lowered, "v_node").execution, Execution::kInt8ToFloat);
  expect_explained_islands(lowered, model, {random_reals({4, 16}, 1), random_reals({16, 2}, 2)});
}

/// More products of bytes than an int32 sum holds are multiplied in float, which shows when the
/// model runs.
TEST(SixteenBits, of_two_activations_too_deep_are_multiplied_in_float) {
  for (const DataType type : {DataType::kInt16, DataType::kUint16}) {
    QuantizedGraph g;
    g.opset = 21;
    const ValueId a = wide(g, "a", {1, 33026}, type), b = wide(g, "b", {33026, 1});
    const ValueId y = g.op("Relu", {g.op("MatMul", {a, b}, "y")}, "r");
    g.output(g.pair(y, "yd", 0.03F, 40, type));
    const Model model = g.model();
    expect_equal_runs(lower(model), model,
                      {random_reals({1, 33026}, 1), random_reals({33026, 1}, 3)});
  }
}

TEST(SixteenBits, have_tables_of_functions_that_the_library_lacks) {
  for (const char* type : {"Cos", "Asinh", "Tan"}) {
    QuantizedGraph g;
    g.opset = 21;
    expect_integers(g, g.op(type, {wide(g, "x", {3, 16})}, "y"), {random_reals({3, 16}, 1)},
                    "a table of 65536 entries");
  }
}

TEST(SixteenBits, are_made_of_eight_by_a_table) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = g.pair(g.input("x", {3, 16}), "xd", 0.031F, 3, DataType::kUint8);
  expect_integers(g, g.op("Sin", {x}, "y"), {random_reals({3, 16}, 1)}, "a table of 256 entries");
}

TEST(SixteenBits, become_eight_by_a_table) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {3, 16}, DataType::kUint16);
  const ValueId y = g.op("Atan", {g.op("Mul", {x, x}, "square")}, "y");
  g.output(g.pair(y, "yd", 0.013F, -5));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "a table of 65536 entries");
  EXPECT_EQ(decision(lowered, "square_node").reason, "part of 'y_node'");
  expect_equal_runs(lowered, model, {random_reals({3, 16}, 1)});
}

}  // namespace
}  // namespace xquant::integer
