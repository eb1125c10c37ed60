// Quantized tensors of 16 bits: operators on real numbers, expressions and movements take them;
// products do not, and say so.

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

TEST(SixteenBits, are_not_multiplied) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = wide(g, "x", {1, 16});
  const ValueId w = g.dequantize(g.weights("w", {16, 3}), "wd", 0.01F, 0);
  g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", kScale, 0, DataType::kInt16));
  const Decision product = decision(lower(g.model()), "y_node");
  EXPECT_EQ(product.execution, Execution::kFloat);
  EXPECT_EQ(product.reason, "its input is int16, not 8 bit");
}

TEST(SixteenBits, behind_a_product_are_written_in_float) {
  QuantizedGraph g;
  g.opset = 21;
  const ValueId x = g.pair(g.input("x", {1, 16}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {16, 3}), "wd", 0.01F, 0);
  g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", kScale, 0, DataType::kInt16));
  EXPECT_EQ(decision(lower(g.model()), "y_node").execution, Execution::kInt8ToFloat);
}

TEST(SixteenBits, have_no_tables) {
  QuantizedGraph g;
  g.opset = 21;
  g.output(g.pair(g.op("Ceil", {wide(g, "x", {1, 16})}, "y"), "yd", kScale, 0, DataType::kInt16));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason, "Ceil has no kernel for 16 bits");
}

}  // namespace
}  // namespace xquant::integer
