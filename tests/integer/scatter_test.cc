// What puts elements into another tensor or among zeros: the float path's bits.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

void expect_equal_codes(QuantizedGraph& g, ValueId y, const std::vector<Tensor>& inputs) {
  g.output(g.pair(y, "yd", 0.025F, 7));
  g.opset = 18;
  expect_explained(g, inputs);
  const Model model = g.model();
  expect_equal_runs(lower(model), model, inputs);
}

/// One operator on x; operands by name are integers.
void expect_among_zeros(const std::string& type, const Shape& shape, const std::vector<Ints>& rest,
                        const Attributes& attributes) {
  for (const DataType width : {DataType::kInt8, DataType::kUint16}) {
    SCOPED_TRACE(type);
    QuantizedGraph g;
    std::vector<ValueId> operands{g.pair(g.input("x", shape), "xd", 0.031F, 30, width)};
    for (const Ints& values : rest)
      operands.push_back(g.integers("i" + std::to_string(operands.size()), values));
    expect_equal_codes(g, g.op(type, operands, "y", attributes), {random_reals(shape, 1)});
  }
}

TEST(Trilu, fills_with_the_zero_point) {
  expect_among_zeros("Trilu", {2, 5, 4}, {}, {});
  for (const std::int64_t diagonal : {-2, 0, 1, 7}) {
    for (const std::int64_t upper : {0, 1})
      expect_among_zeros("Trilu", {2, 5, 4}, {{diagonal}}, {{"upper", upper}});
  }
}

TEST(CenterCropPad, crops_and_pads_around_the_middle) {
  expect_among_zeros("CenterCropPad", {5, 6, 3}, {{8, 3, 3}}, {});
  expect_among_zeros("CenterCropPad", {2, 5, 6}, {{4, 9}}, {{"axes", Ints{-2, 2}}});
  expect_among_zeros("CenterCropPad", {3, 4}, {{6, 1}}, {{"axes", Ints{1, 0}}});
}

TEST(Col2Im, adds_up_what_overlaps) {
  expect_among_zeros("Col2Im", {2, 8, 12}, {{4, 5}, {2, 2}}, {});
  expect_among_zeros(
      "Col2Im", {2, 12, 9}, {{4, 4}, {2, 2}},
      {{"strides", Ints{2, 1}}, {"pads", Ints{1, 0, 1, 1}}, {"dilations", Ints{1, 2}}});
  expect_among_zeros("Col2Im", {1, 6, 5}, {{7}, {3}}, {});
}

TEST(MaxUnpool, puts_elements_where_they_were) {
  for (const bool is_larger : {false, true}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 2, 2, 2}), "xd", 0.031F, 30);
    const Tensor places = Tensor::of<std::int64_t>({1, 2, 2, 2}, Ints{0, 3, 9, 14, 17, 18, 24, 31});
    std::vector<ValueId> operands{x, g.graph.add_constant("i", places)};
    if (is_larger) operands.push_back(g.integers("shape", {1, 2, 5, 6}));
    const Attributes attributes{{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}};
    expect_equal_codes(g, g.op("MaxUnpool", operands, "y", attributes),
                       {random_reals({1, 2, 2, 2}, 1)});
  }
}

TEST(MaxUnpool, takes_the_indices_of_a_pool) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 2, 4, 4}), "xd", 0.031F, 30);
  const Attributes window{{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}};
  const auto pooled = g.node("MaxPool", {x}, {"pooled", "places"}, window);
  g.graph.value(pooled[1]).type.element = DataType::kInt64;
  const ValueId codes = g.pair(pooled[0], "pd", 0.031F, 30);
  expect_equal_codes(g, g.op("MaxUnpool", {codes, pooled[1]}, "y", window),
                     {random_reals({1, 2, 4, 4}, 1)});
}

TEST(Scatter, reduces_into_codes_and_zeros) {
  for (const char* type : {"ScatterND", "ScatterElements"}) {
    for (const char* reduction : {"add", "mul", "min", "max"}) {
      for (const bool into_zeros : {false, true}) {
        SCOPED_TRACE(type + std::string(reduction));
        QuantizedGraph g;
        const bool is_nd = type == std::string("ScatterND");
        const Shape updates = is_nd ? Shape{3, 8} : Shape{2, 3};
        const ValueId a = into_zeros ? g.constant("a", {4, 8}, std::vector<float>(32, 0.0F))
                                     : g.pair(g.input("a", {4, 8}), "ad", 0.03F, 3);
        const ValueId b = g.pair(g.input("b", updates), "bd", 0.02F, -9);
        const Tensor indices = is_nd ? Tensor::of<std::int64_t>({3, 1}, Ints{3, 0, 3})
                                     : Tensor::of<std::int64_t>({2, 3}, Ints{1, 3, 0, 1, -1, 2});
        const Attributes attributes{{"reduction", std::string(reduction)}};
        const ValueId y = g.op(type, {a, g.graph.add_constant("i", indices), b}, "y", attributes);
        std::vector<Tensor> inputs{random_reals(updates, 5)};
        if (!into_zeros) inputs.insert(inputs.begin(), random_reals({4, 8}, 4));
        expect_equal_codes(g, y, inputs);
      }
    }
  }
}

TEST(Scatter, into_other_floats_stays_float_and_says_so) {
  QuantizedGraph g;
  const ValueId a = g.constant("a", {4}, {1, 2, 3, 4});
  const ValueId b = g.pair(g.input("b", {2}), "bd", 0.02F, -9);
  const ValueId indices = g.graph.add_constant("i", Tensor::of<std::int64_t>({2, 1}, Ints{1, 3}));
  const ValueId y = g.op("ScatterND", {a, indices, b}, "y", {{"reduction", std::string("add")}});
  g.output(g.pair(y, "yd", 0.02F, 0));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason, "its data comes in float");
}

TEST(CumSum, adds_codes_exactly) {
  for (const std::int64_t axis : {0, 1, -1}) {
    for (const std::int64_t kind : {0, 1, 2, 3}) {
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {3, 40, 2}), "xd", 1 / 32.0F, 3);
      const ValueId along = g.graph.add_constant("axis", Tensor::of<std::int64_t>({}, Ints{axis}));
      const ValueId y =
          g.op("CumSum", {x, along}, "y", {{"exclusive", kind % 2}, {"reverse", kind / 2}});
      expect_equal_codes(g, y, {random_reals({3, 40, 2}, 1)});
    }
  }
}

TEST(Hardmax, has_two_codes) {
  for (const std::int64_t opset : {12, 13}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 7, 3}), "xd", 0.031F, 3);
    g.output(g.pair(g.op("Hardmax", {x}, "y", {{"axis", std::int64_t{1}}}), "yd", 0.013F, -7));
    g.opset = opset;
    const std::vector<Tensor> inputs{random_reals({2, 7, 3}, 1)};
    expect_explained(g, inputs);
    const Model model = g.model();
    expect_equal_runs(lower(model), model, inputs);
  }
}

TEST(Upsample, interpolates_as_an_asymmetric_resize) {
  for (const char* type : {"Upsample", "Resize"}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 2, 5, 4}), "xd", 0.031F, 3);
    const ValueId scales = g.constant("scales", {4}, {1, 1, 2, 1.5F});
    const ValueId y = g.op(type, {x, scales}, "y", {{"mode", std::string("linear")}});
    g.output(g.pair(y, "yd", 0.02F, -5));
    g.opset = type == std::string("Resize") ? 10 : 9;
    const std::vector<Tensor> inputs{random_reals({1, 2, 5, 4}, 1)};
    expect_explained(g, inputs);
    const Model model = g.model();
    expect_equal_runs(lower(model), model, inputs);
  }
}

}  // namespace
}  // namespace xquant::integer
