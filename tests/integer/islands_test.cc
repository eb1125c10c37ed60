// Conv, Gemm and MatMul in int8 give the bits of float arithmetic on dequantized values where that
// arithmetic is exact.

#include <gtest/gtest.h>

#include "integer/program.h"
#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

constexpr DataType kInt8 = DataType::kInt8, kUint8 = DataType::kUint8;

struct ConvCase {
  const char* name;
  Shape x, w;
  Attributes attributes;
  DataType x_type = kInt8, w_type = kInt8, y_type = kInt8;
  std::int32_t w_zero = 0;
};

class Conv : public testing::TestWithParam<ConvCase> {};

TEST_P(Conv, gives_the_bits_of_the_float_path) {
  const ConvCase& c = GetParam();
  QuantizedGraph g;
  const auto channels = static_cast<std::size_t>(c.w[0]);
  const ValueId x =
      g.pair(g.input("x", c.x), "xd", 1 / 32.0F, c.x_type == kUint8 ? 131 : 3, c.x_type);
  std::vector<float> scales;
  for (std::size_t i = 0; i < channels; ++i) scales.push_back(i % 2 == 0 ? 1 / 256.0F : 1 / 64.0F);
  const ValueId w = g.dequantize_axis(g.weights("w", c.w, c.w_type), "wd", scales, 0,
                                      std::vector<std::int32_t>(channels, c.w_zero), c.w_type);
  std::vector<std::int32_t> bias(channels);
  std::vector<float> bias_scales;
  for (std::size_t i = 0; i < channels; ++i) {
    bias[i] = static_cast<std::int32_t>(i * 1000) - 3000;
    bias_scales.push_back(scales[i] / 32.0F);
  }
  const Shape row{static_cast<std::int64_t>(channels)};
  const ValueId b = g.dequantize_axis(
      g.graph.add_constant("b", Tensor::of<std::int32_t>(row, bias)), "bd", bias_scales, 0);
  const ValueId y = g.op("Conv", {x, w, b}, "y", c.attributes);
  g.output(g.pair(y, "yd", 0.5F, c.y_type == kUint8 ? 120 : -5, c.y_type));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Conv DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals(c.x, 7)});
}

TEST(Weights, without_elements_stay_float) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 0}), "xd", 0.5F, 0, kInt8);
  const ValueId w = g.dequantize_axis(g.weights("w", {0, 3}, kInt8), "wd", {0.5F, 0.5F, 0.5F}, 1,
                                      {0, 0, 0}, kInt8);
  g.output(g.pair(g.op("MatMul", {x, w}, "y", {}), "yd", 0.5F, 0, kInt8));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_NE(decision(lowered, "y_node").execution, Execution::kInt8);
  compile(lowered, model.opset_imports);
}

TEST(Scales, beyond_float_are_refused) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 1, 4, 4}), "xd", 1e30F, 0, kInt8);
  const ValueId w =
      g.dequantize_axis(g.weights("w", {2, 1, 1, 1}, kInt8), "wd", {1.0F, 1e5F}, 0, {0, 0}, kInt8);
  g.output(g.pair(g.op("Conv", {x, w}, "y", {}), "yd", 1e-10F, 0, kInt8));
  const Model model = g.model();
  try {
    compile(lower(model), model.opset_imports);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-003") << error.what();
    EXPECT_FALSE(error.place().node.empty());
  }
}

using Ints = std::vector<std::int64_t>;
INSTANTIATE_TEST_SUITE_P(
    shapes, Conv,
    testing::Values(
        ConvCase{"plain", {2, 5, 9, 7}, {6, 5, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}}},
        ConvCase{"stride", {1, 3, 12, 11}, {4, 3, 3, 2}, {{"strides", Ints{2, 3}}}},
        ConvCase{"dilated", {1, 2, 11, 11}, {3, 2, 3, 3}, {{"dilations", Ints{2, 2}}}},
        ConvCase{"grouped", {1, 6, 5, 5}, {4, 3, 3, 3}, {{"group", std::int64_t{2}}}},
        ConvCase{"depthwise",
                 {1, 8, 9, 9},
                 {8, 1, 3, 3},
                 {{"group", std::int64_t{8}}, {"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 2}}}},
        ConvCase{"pointwise", {1, 8, 6, 6}, {5, 8, 1, 1}, {}},
        ConvCase{"one_dimension", {2, 4, 20}, {6, 4, 5}, {{"pads", Ints{2, 2}}}},
        ConvCase{"three_dimensions",
                 {1, 3, 5, 6, 7},
                 {4, 3, 3, 2, 3},
                 {{"pads", Ints{1, 0, 1, 0, 1, 1}}, {"strides", Ints{2, 1, 2}}}},
        ConvCase{"depthwise_in_three_dimensions",
                 {2, 3, 4, 5, 6},
                 {3, 1, 2, 3, 3},
                 {{"group", std::int64_t{3}}, {"dilations", Ints{1, 2, 1}}}},
        ConvCase{"same_upper",
                 {1, 3, 10, 10},
                 {4, 3, 3, 3},
                 {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}},
        ConvCase{"uint8_activations",
                 {1, 3, 8, 8},
                 {4, 3, 3, 3},
                 {{"pads", Ints{1, 1, 1, 1}}},
                 kUint8,
                 kInt8,
                 kUint8},
        ConvCase{"uint8_weights", {1, 3, 8, 8}, {4, 3, 3, 3}, {}, kUint8, kUint8, kUint8, 128},
        ConvCase{"asymmetric_weights",
                 {1, 3, 8, 8},
                 {4, 3, 3, 3},
                 {{"pads", Ints{1, 1, 1, 1}}},
                 kUint8,
                 kUint8,
                 kInt8,
                 77}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(Conv, takes_the_pad_before_it_when_that_fills_with_the_zero_point) {
  for (const float fill : {0.0F, 1.0F}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 3, 7, 8}), "xd", 1 / 32.0F, 9);
    const ValueId amounts =
        g.graph.add_constant("amounts", Tensor::of<std::int64_t>({8}, {0, 0, 1, 0, 0, 0, 2, 3}));
    const ValueId pad = g.op("Pad", {x, amounts, g.constant("fill", {}, {fill})}, "pad");
    const ValueId padded = g.pair(pad, "padded", 1 / 32.0F, 9);
    const ValueId w = g.dequantize(g.weights("w", {4, 3, 3, 3}), "wd", 1 / 256.0F, 0);
    const ValueId y =
        g.op("Conv", {padded, w}, "y", {{"pads", std::vector<std::int64_t>{1, 1, 0, 0}}});
    g.output(g.pair(y, "yd", 0.5F, -5));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(types_of(lowered.graph), fill == 0.0F ? "QuantizeLinear Conv DequantizeLinear "
                                                    : "QuantizeLinear Pad Conv DequantizeLinear ");
    expect_equal_runs(lowered, model, {random_reals({2, 3, 7, 8}, 7)});
  }
}

TEST(Conv, leaves_a_pad_that_another_one_reads) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 3, 7, 8}), "xd", 1 / 32.0F, 9);
  const ValueId amounts =
      g.graph.add_constant("amounts", Tensor::of<std::int64_t>({8}, {0, 0, 1, 0, 0, 0, 2, 3}));
  const ValueId pad = g.op("Pad", {x, amounts, g.constant("fill", {}, {0})}, "pad");
  const ValueId padded = g.pair(pad, "padded", 1 / 32.0F, 9);
  for (const std::string name : {"y", "z"}) {
    const ValueId w = g.dequantize(g.weights("w" + name, {4, 3, 3, 3}), "wd" + name, 1 / 256.0F, 0);
    g.output(g.pair(g.op("Conv", {padded, w}, name), name + "d", 0.5F, -5));
  }
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_NE(types_of(lowered.graph).find("Pad "), std::string::npos);
  expect_equal_runs(lowered, model, {random_reals({1, 3, 7, 8}, 7)});
}

TEST(Gemm, gives_the_bits_of_the_float_path_for_both_layouts) {
  for (const std::int64_t transposed : {0, 1}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {3, 10}), "xd", 1 / 32.0F, -7);
    const Shape shape = transposed != 0 ? Shape{6, 10} : Shape{10, 6};
    const ValueId w = g.dequantize(g.weights("w", shape), "wd", 1 / 128.0F, 0);
    const ValueId b = g.constant("b", {1, 6}, {1, -2, 0.5F, 0, 3, 0.25F});
    const ValueId y = g.op("Gemm", {x, w, b}, "y", {{"transB", transposed}});
    g.output(g.pair(y, "yd", 0.25F, 4));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
    expect_equal_runs(lowered, model, {random_reals({3, 10}, 3)});
  }
}

TEST(MatMul, runs_all_leading_dimensions_as_rows_and_scales_by_column) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 3, 4, 8}), "xd", 1 / 32.0F, 0);
  const ValueId w = g.dequantize_axis(g.weights("w", {8, 3}), "wd", {0.5F, 0.25F, 1.0F}, 1);
  g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", 2.0F, 1));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  expect_equal_runs(lowered, model, {random_reals({2, 3, 4, 8}, 9)});
}

TEST(Result, relu_and_clip_become_bounds) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 4}), "xd", 1 / 32.0F, 0);
  const ValueId w = g.dequantize(g.weights("w", {4, 9}), "wd", 1 / 128.0F, 0);
  const ValueId relu = g.op("Relu", {g.op("MatMul", {x, w}, "y")}, "r");
  const ValueId clip =
      g.op("Clip", {relu, g.constant("lo", {}, {-1}), g.constant("hi", {}, {2.1F})}, "c");
  g.output(g.pair(clip, "yd", 1 / 16.0F, -20));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear MatMul DequantizeLinear ");
  EXPECT_EQ(decision(lowered, "r_node").reason, "part of 'y_node'");
  for (unsigned seed = 0; seed < 20; ++seed)
    expect_equal_runs(lowered, model, {random_reals({1, 4}, seed)});
}

TEST(Result, stays_float_where_no_quantize_follows) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 4}), "xd", 1 / 32.0F, 0, kUint8);
  const ValueId w = g.dequantize(g.weights("w", {4, 9}), "wd", 1 / 128.0F, 0);
  g.output(g.op("MatMul", {x, w}, "y"));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8ToFloat);
  EXPECT_EQ(decision(lowered, "y_node").reason, "its result is an output of the model");
  expect_equal_runs(lowered, model, {random_reals({1, 4}, 5)});
}

TEST(Operands, that_are_no_int8_leave_the_operator_in_float_and_say_so) {
  QuantizedGraph g;
  const ValueId x = g.input("x", {1, 4});
  const ValueId w = g.dequantize(g.weights("w", {4, 9}), "wd", 1 / 128.0F, 0);
  const ValueId a = g.op("MatMul", {x, w}, "a");
  const ValueId b =
      g.op("MatMul", {g.pair(x, "xd", 0.5F, 0), g.constant("v", {4, 9}, std::vector<float>(36, 1))},
           "b");
  g.output(a);
  g.output(b);
  const Lowered lowered = lower(g.model());
  EXPECT_EQ(decision(lowered, "a_node").execution, Execution::kFloat);
  EXPECT_EQ(decision(lowered, "a_node").reason, "its input comes in float");
  EXPECT_EQ(decision(lowered, "b_node").reason,
            "its weights are no constant of 8 or 16 bits behind a DequantizeLinear");
  EXPECT_TRUE(lowered.islands.empty());
}

TEST(Weights, quantized_by_nodes_of_the_model_are_constants_too) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 4}), "xd", 1 / 32.0F, 0);
  const ValueId w = g.constant("w", {2, 4}, {1, -1, 2, -2, 0.5F, 0.25F, 0, 1});
  const ValueId turned = g.op("Transpose", {g.pair(w, "wd", 1 / 64.0F, 0)}, "t");
  g.output(g.pair(g.op("MatMul", {x, turned}, "y"), "yd", 1 / 16.0F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  expect_equal_runs(lowered, model, {random_reals({1, 4}, 2)});
}

TEST(Operands, that_compiling_finds_constant_are_read_wherever_they_stand) {
  struct Case {
    const char* type;
    Attributes attributes;
    bool second;  ///< an activation
  };
  const Case cases[] = {
      {"MatMul", {}, false},  {"MatMul", {}, true},
      {"Mul", {}, true},      {"Sigmoid", {}, false},
      {"Softmax", {}, false}, {"ReduceMean", {{"axes", std::vector<std::int64_t>{1}}}, false}};
  for (const Case& c : cases) {
    QuantizedGraph g;
    const ValueId input = g.pair(g.input("input", {8, 8}), "input_d", 1 / 32.0F, 0);
    // Too large for lowering to make a constant of it, not for compiling.
    const ValueId x = g.op(
        "Expand",
        {g.graph.add_constant("reals", random_reals({8, 8}, 3)), g.integers("shape", {400, 8, 8})},
        "x");
    std::vector<ValueId> operands{g.pair(x, "xd", 1 / 32.0F, 3)};
    if (c.second) operands.push_back(input);
    if (c.type == std::string("MatMul") && !c.second)
      operands.push_back(g.dequantize(g.weights("w", {8, 8}), "wd", 1 / 64.0F, 0));
    const ValueId y = g.op(c.type, operands, "y", c.attributes);
    g.output(g.pair(y, "yd", 1 / 16.0F, 0));
    g.output(input);
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8) << c.type;
    expect_equal_runs(lowered, model, {random_reals({8, 8}, 2)});
  }
}

}  // namespace
}  // namespace xquant::integer
