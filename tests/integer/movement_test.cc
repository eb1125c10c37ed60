// Operators that move elements move 8-bit ones, and pairs of equal parameters disappear.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"
#include "integer/source_map.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Movement, happens_in_int8_from_quantize_to_dequantize) {
  QuantizedGraph g;
  ValueId x = g.pair(g.input("x", {1, 4, 6, 6}), "xd", 0.05F, 3);
  x = g.op("MaxPool", {x}, "pool",
           {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 0, 0}}});
  x = g.pair(x, "pd", 0.05F, 3);
  x = g.op("Transpose", {x}, "turned", {{"perm", Ints{0, 2, 3, 1}}});
  x = g.op("Reshape", {x, g.integers("shape", {1, -1})}, "flat");
  g.output(g.pair(x, "yd", 0.05F, 3));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear MaxPool Transpose Reshape DequantizeLinear ");
  EXPECT_EQ(decision(lowered, "pool_node").execution, Execution::kInt8);
  EXPECT_EQ(decision(lowered, "flat_node").reason, "moves 8-bit elements");
  expect_equal_runs(lowered, model, {random_reals({1, 4, 6, 6}, 4)});
}

TEST(Movement, pads_with_the_quantized_constant) {
  QuantizedGraph g;
  ValueId x = g.pair(g.input("x", {2, 3}), "xd", 0.05F, 3);
  g.output(g.op("Pad", {x, g.integers("pads", {0, 1, 1, 2})}, "zeros"));
  g.output(g.op("Pad", {x, g.integers("pads2", {0, 1, 1, 2}), g.constant("fill", {}, {0.123F})},
                "fills"));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "zeros_node").execution, Execution::kInt8);
  EXPECT_EQ(decision(lowered, "fills_node").execution, Execution::kFloat);  // 0.123 is no step
  expect_equal_runs(lowered, model, {random_reals({2, 3}, 4)});
}

TEST(Movement, takes_the_largest_with_the_indices_of_the_float_operator) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {3, 40}), "xd", 0.5F, 3);  // coarse, so that many are equal
  const auto taken = g.node("TopK", {x, g.integers("k", {7})}, {"values", "indices"});
  g.graph.value(taken[1]).type.element = DataType::kInt64;
  g.output(g.pair(taken[0], "yd", 0.5F, 3));
  g.output(taken[1]);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear TopK DequantizeLinear ");
  EXPECT_EQ(decision(lowered, "values_node").reason, "moves 8-bit elements");
  expect_equal_runs(lowered, model, {random_reals({3, 40}, 4)});
}

TEST(Concat, brings_its_operands_to_the_scale_of_the_result) {
  QuantizedGraph g;
  const ValueId a = g.pair(g.input("a", {1, 40}), "ad", 0.03F, 3);
  const ValueId b = g.pair(g.input("b", {1, 40}), "bd", 0.02F, -9);
  const ValueId c = g.op("Concat", {a, b}, "c", {{"axis", std::int64_t{1}}});
  g.output(g.pair(c, "yd", 0.03F, 3));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "c_node").execution, Execution::kInt8);
  EXPECT_EQ(types_of(lowered.graph),
            "QuantizeLinear QuantizeLinear Table Concat DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({1, 40}, 4), random_reals({1, 40}, 5)});
}

TEST(Concat, quantizes_a_float_constant_as_its_result) {
  QuantizedGraph g;
  const ValueId a = g.pair(g.input("a", {1, 40}), "ad", 0.03F, 3);
  const ValueId b = g.graph.add_constant("b", random_reals({1, 7}, 6));
  const ValueId c = g.op("Concat", {b, a}, "c", {{"axis", std::int64_t{1}}});
  g.output(g.pair(c, "yd", 0.03F, 3));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Concat DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({1, 40}, 4)});
}

TEST(Scatter, brings_both_operands_to_the_scale_of_the_result) {
  for (const char* type : {"ScatterND", "ScatterElements"}) {
    for (const char* reduction : {"none", "max"}) {
      SCOPED_TRACE(type);
      QuantizedGraph g;
      const bool is_nd = type == std::string("ScatterND");
      const Shape updates = is_nd ? Shape{2, 8} : Shape{1, 3};
      const ValueId a = g.pair(g.input("a", {4, 8}), "ad", 0.03F, 3);
      const ValueId b = g.pair(g.input("b", updates), "bd", 0.02F, -9);
      const Tensor indices = is_nd ? Tensor::of<std::int64_t>({2, 1}, {3, 0})
                                   : Tensor::of<std::int64_t>({1, 3}, {1, 3, 0});
      Attributes attributes{{"reduction", std::string(reduction)}};
      const ValueId y = g.op(type, {a, g.graph.add_constant("i", indices), b}, "y", attributes);
      g.output(g.pair(y, "yd", 0.025F, 1));
      g.opset = 18;
      const Model model = g.model();
      const Lowered lowered = lower(model);
      const Decision found = decision(lowered, "y_node");
      EXPECT_EQ(found.execution, Execution::kInt8);
      EXPECT_EQ(found.reason, reduction == std::string("none") ? "moves 8-bit elements" : "");
      expect_equal_runs(lowered, model, {random_reals({4, 8}, 4), random_reals(updates, 5)});
    }
  }
}

TEST(Split, gives_int8_parts) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 40}), "xd", 0.03F, 3);
  const auto parts =
      g.node("Split", {x, g.integers("sizes", {10, 30})}, {"a", "b"}, {{"axis", std::int64_t{1}}});
  g.output(g.pair(g.op("Tanh", {parts[0]}, "t"), "yd", 0.01F, 0));
  g.output(parts[1]);
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "a_node").execution, Execution::kInt8);
  expect_equal_runs(lowered, model, {random_reals({1, 40}, 4)});
}

TEST(Movement, by_indices_and_of_older_models_happens_in_int8) {
  QuantizedGraph g;
  g.opset = 12;
  const ValueId x = g.pair(g.input("x", {4, 3, 5}), "xd", 0.05F, 3);
  const auto ints = [&](const Shape& shape, const Ints& values) {
    return g.graph.add_constant("", Tensor::of<std::int64_t>(shape, values));
  };
  g.output(g.op("GatherElements", {x, ints({1, 2, 3}, {0, 2, 1, 3, 3, -1})}, "elements"));
  g.output(g.op("GatherND", {x, ints({2, 2}, {1, 2, 3, 0})}, "nd"));
  g.output(g.op("ReverseSequence", {x, ints({3}, {1, 4, 2})}, "reversed"));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  for (const char* name : {"elements_node", "nd_node", "reversed_node"})
    EXPECT_EQ(decision(lowered, name).reason, "moves 8-bit elements");
  expect_equal_runs(lowered, model, {random_reals({4, 3, 5}, 4)});

  QuantizedGraph old;
  old.opset = 9;
  const ValueId small = old.pair(old.input("x", {1, 2, 3, 4}), "xd", 0.05F, 3);
  old.output(old.op("Upsample", {small, old.constant("scales", {4}, {1, 1, 2, 2.5F})}, "up"));
  const Model old_model = old.model();
  const Lowered old_lowered = lower(old_model);
  EXPECT_EQ(decision(old_lowered, "up_node").reason, "moves 8-bit elements");
  expect_equal_runs(old_lowered, old_model, {random_reals({1, 2, 3, 4}, 4)});
}

// A float function in front of movements, behind which alone it is quantized: an operator that is
// computed in int8 all the same.
TEST(Quantize, moves_above_movements_to_what_computes_their_operand) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 4, 6}), "xd", 0.0625F, 3);
  const ValueId soft = g.op("Softmax", {x}, "soft", {{"axis", std::int64_t{2}}});
  const ValueId turned = g.op("Transpose", {soft}, "turned", {{"perm", Ints{0, 2, 1}}});
  const ValueId flat = g.op("Reshape", {turned, g.integers("shape", {2, 24})}, "flat");
  const ValueId padded = g.op(
      "Pad", {flat, g.integers("pads", {0, 1, 0, 2}), g.constant("fill", {}, {0.123F})}, "padded");
  const ValueId tanh = g.op("Tanh", {g.pair(g.input("z", {2, 5}), "zd", 0.03125F, -1)}, "tanh");
  const ValueId joined = g.op("Concat", {padded, tanh}, "joined", {{"axis", std::int64_t{1}}});
  g.output(g.pair(joined, "yd", 0.00390625F, -128));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  for (const char* name : {"turned_node", "flat_node", "padded_node", "joined_node"})
    EXPECT_EQ(decision(lowered, name).reason, "moves 8-bit elements") << name;
  EXPECT_EQ(decision(lowered, "soft_node").execution, Execution::kInt8);
  EXPECT_EQ(decision(lowered, "tanh_node").execution, Execution::kInt8);
  expect_explained_islands(lowered, model, {random_reals({2, 4, 6}, 4), random_reals({2, 5}, 5)});
  expect_equal_runs(lowered, model, {random_reals({2, 4, 6}, 4), random_reals({2, 5}, 5)});
}

TEST(Quantize, moves_above_a_split_whose_parts_agree) {
  for (const float second : {0.03125F, 0.0625F}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 40}), "xd", 0.03125F, 3);
    const ValueId y = g.op("Tanh", {x}, "t");
    const auto parts = g.node("Split", {y, g.integers("sizes", {10, 30})}, {"a", "b"},
                              {{"axis", std::int64_t{1}}});
    g.output(g.pair(parts[0], "ad", 0.03125F, 0));
    g.output(g.pair(parts[1], "bd", second, 0));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    const auto expected = second == 0.03125F ? Execution::kInt8 : Execution::kFloat;
    EXPECT_EQ(decision(lowered, "t_node").execution, expected);
    EXPECT_EQ(decision(lowered, "a_node").execution, expected);
    expect_equal_runs(lowered, model, {random_reals({1, 40}, 4)});
  }
}

TEST(Quantize, stays_behind_what_drops_elements_or_is_read_in_float) {
  QuantizedGraph g;
  const ValueId x = g.input("x", {4, 6});
  const ValueId part = g.op("Slice", {x, g.integers("from", {1}), g.integers("to", {2})}, "part");
  g.output(g.pair(part, "pd", 0.0625F, 0));
  const ValueId turned = g.op("Transpose", {x}, "turned", {{"perm", Ints{1, 0}}});
  g.output(turned);
  g.output(g.pair(turned, "td", 0.0625F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "part_node").execution, Execution::kFloat);
  EXPECT_EQ(decision(lowered, "turned_node").execution, Execution::kFloat);
  expect_equal_runs(lowered, model, {random_reals({4, 6}, 4)});
}

TEST(Quantize, of_a_value_that_several_movements_take_is_one) {
  QuantizedGraph g;
  const ValueId x = g.op("Tanh", {g.pair(g.input("x", {4, 6}), "xd", 0.0625F, 3)}, "t");
  const ValueId a = g.op("Transpose", {x}, "turned", {{"perm", Ints{1, 0}}});
  const ValueId b = g.op("Reshape", {x, g.integers("shape", {24})}, "flat");
  const ValueId s = g.scale(0.0078125F), z = g.zero(0, DataType::kInt8);
  for (const ValueId moved : {a, b})
    g.output(g.op("DequantizeLinear", {g.op("QuantizeLinear", {moved, s, z}, ""), s, z}, ""));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph),
            "QuantizeLinear Table Transpose Reshape DequantizeLinear DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({4, 6}, 4)});
}

TEST(SourceMap, is_a_walk_only_where_all_steps_are_equal) {
  const auto turned = strided_walk({0, 3, 1, 4, 2, 5}, 8);
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->dims, (std::vector<std::size_t>{3, 2}));
  EXPECT_EQ(turned->strides, (Ints{1, 3}));
  const auto backwards = strided_walk({5, 4, 3, 3, 2, 1}, 8);
  ASSERT_TRUE(backwards);
  EXPECT_EQ(backwards->first, 5);
  EXPECT_EQ(backwards->strides, (Ints{-2, -1}));
  EXPECT_FALSE(strided_walk({0, 3, 1, 4, 2, 5}, 1));
  EXPECT_FALSE(strided_walk({0, 1, 2, 4}, 8));
  EXPECT_FALSE(strided_walk({0, 1, 2, 3, 5, 4}, 8));
  EXPECT_TRUE(strided_walk({7}, 0));
  EXPECT_TRUE(strided_walk({}, 8));
}

TEST(SourceMap, has_runs_that_start_at_multiples_of_their_length) {
  EXPECT_EQ(runs_of({4, 5, 0, 1, 2, 3}, 6).index, (Ints{2, 0, 1}));
  EXPECT_EQ(runs_of({1, 2, 3, 4}, 6).length, 1U);
  EXPECT_EQ(runs_of({4, 5, 6, 7, 0, 1, 2, 3}, 8).length, 4U);
}

TEST(SourceMap, picks_rows_and_columns_of_every_plane) {
  const std::size_t in[] = {2, 2}, out[] = {2, 3};
  const auto picked = rows_and_columns({2, 3, 3, 0, 1, 1, 6, 7, 7, 4, 5, 5}, in, out);
  ASSERT_TRUE(picked);
  EXPECT_EQ(picked->rows, (Ints{1, 0}));
  EXPECT_EQ(picked->columns, (Ints{0, 1, 1}));
  EXPECT_FALSE(rows_and_columns({2, 3, 3, 0, 1, 1, 6, 7, 7, 4, 5, 4}, in, out));
  EXPECT_FALSE(rows_and_columns({6, 7, 7, 4, 5, 5}, in, out));  // the second of two planes
}

}  // namespace
}  // namespace xquant::integer
