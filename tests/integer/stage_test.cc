// Functions between a multiply-accumulate operator and its QuantizeLinear run in its island with
// the bits of the float operators.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

constexpr std::int64_t kChannels = 6;

struct Built {
  QuantizedGraph g;
  ValueId y{};
};

/// A convolution whose float sums are exact, with real results in about [-6, 6].
Built convolution() {
  Built built;
  QuantizedGraph& g = built.g;
  const ValueId x = g.pair(g.input("x", {2, 3, 9, 8}), "xd", 1 / 32.0F, 3);
  std::vector<float> scales;
  for (std::int64_t i = 0; i < kChannels; ++i)
    scales.push_back(i % 2 == 0 ? 1 / 256.0F : 1 / 512.0F);
  const ValueId w = g.dequantize_axis(g.weights("w", {kChannels, 3, 3, 3}), "wd", scales, 0);
  built.y = g.op("Conv", {x, w}, "y", {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  return built;
}

void expect_one_island(QuantizedGraph& g, ValueId result, const std::string& op = "Conv",
                       const Shape& input = {2, 3, 9, 8}) {
  g.output(g.pair(result, "yd", 1 / 24.0F, -20));
  Model model = g.model();
  model.opset_imports[""] = 24;
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear " + op + " DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals(input, 7)});
}

struct FunctionCase {
  const char* op_type;
  Attributes attributes{};
};

class Function : public testing::TestWithParam<FunctionCase> {};

TEST_P(Function, of_one_operand_has_the_bits_of_the_float_operator) {
  Built b = convolution();
  expect_one_island(b.g, b.g.op(GetParam().op_type, {b.y}, "f", GetParam().attributes));
}

INSTANTIATE_TEST_SUITE_P(
    onnx, Function,
    testing::Values(FunctionCase{"LeakyRelu", {{"alpha", 0.1F}}}, FunctionCase{"Abs"},
                    FunctionCase{"Neg"}, FunctionCase{"HardSigmoid"},
                    FunctionCase{"HardSigmoid", {{"alpha", 1 / 6.0F}, {"beta", 0.5F}}},
                    FunctionCase{"HardSwish"}, FunctionCase{"Reciprocal"}, FunctionCase{"Exp"},
                    FunctionCase{"Sigmoid"}, FunctionCase{"Tanh"}, FunctionCase{"Erf"},
                    FunctionCase{"Softplus"}, FunctionCase{"Gelu"},
                    FunctionCase{"Gelu", {{"approximate", std::string("tanh")}}},
                    FunctionCase{"Elu", {{"alpha", 0.7F}}}, FunctionCase{"Selu"},
                    FunctionCase{"Mish"}, FunctionCase{"Softsign"},
                    FunctionCase{"Swish", {{"alpha", 1.702F}}}, FunctionCase{"Sqrt"},
                    FunctionCase{"Log"}, FunctionCase{"Celu", {{"alpha", 1.3F}}},
                    FunctionCase{"Shrink", {{"lambd", 0.4F}, {"bias", 0.1F}}},
                    FunctionCase{"ThresholdedRelu", {{"alpha", 0.6F}}}, FunctionCase{"Sign"},
                    FunctionCase{"Round"}, FunctionCase{"Floor"}, FunctionCase{"Ceil"}),
    [](const auto& instance) {
      return std::string(instance.param.op_type) + std::to_string(instance.index);
    });

TEST(Stage, holds_slopes_of_each_channel) {
  Built b = convolution();
  const ValueId slope =
      b.g.constant("slope", {kChannels, 1, 1}, {0.1F, -0.2F, 0.3F, 0.4F, 0, 1.5F});
  expect_one_island(b.g, b.g.op("PRelu", {b.y, slope}, "f"));
}

TEST(Stage, holds_powers_and_remainders) {
  Built b = convolution();
  const ValueId exponent = b.g.constant("exponent", {kChannels, 1, 1}, {2, 3, -1, 0.5F, 0, 1});
  expect_one_island(b.g, b.g.op("Pow", {b.y, exponent}, "f"));
  Built remainder = convolution();
  const ValueId divisor = remainder.g.constant("divisor", {}, {0.7F});
  expect_one_island(
      remainder.g, remainder.g.op("Mod", {remainder.y, divisor}, "f", {{"fmod", std::int64_t{1}}}));
}

TEST(Stage, holds_a_batch_normalization_that_nobody_folded) {
  const auto normalized = [](QuantizedGraph& g, ValueId y) {
    const ValueId scale = g.constant("scale", {kChannels}, {1, 0.3F, -0.7F, 2, 0, 1.1F});
    const ValueId bias = g.constant("bias", {kChannels}, {0, 0.1F, 0.2F, -1, 1, 0.7F});
    const ValueId mean = g.constant("mean", {kChannels}, {0.1F, -0.3F, 1, 0, 0, 0.01F});
    const ValueId variance = g.constant("variance", {kChannels}, {1, 2, 0.3F, 0.01F, 1, 3});
    return g.op("BatchNormalization", {y, scale, bias, mean, variance}, "bn");
  };
  Built b = convolution();
  expect_one_island(b.g, normalized(b.g, b.y));
  Built with_relu = convolution();
  expect_one_island(with_relu.g,
                    with_relu.g.op("Relu", {normalized(with_relu.g, with_relu.y)}, "r"));
  Built with_silu = convolution();
  const ValueId bn = normalized(with_silu.g, with_silu.y);
  const ValueId gate = with_silu.g.op("Sigmoid", {bn}, "gate");
  expect_one_island(with_silu.g, with_silu.g.op("Mul", {bn, gate}, "f"));
  QuantizedGraph rows;  // dimension 1 of the result has the size of its last one
  const ValueId x = rows.pair(rows.input("x", {2, kChannels, 4}), "xd", 1 / 32.0F, 3);
  const ValueId w = rows.dequantize(rows.weights("w", {4, kChannels}), "wd", 1 / 256.0F, 0);
  const ValueId y = normalized(rows, rows.op("MatMul", {x, w}, "y"));
  rows.output(rows.pair(y, "yd", 1 / 24.0F, -20));
  const Lowered lowered = lower(rows.model());
  EXPECT_EQ(decision(lowered, "y_node").reason,
            "its result is read in float by BatchNormalization 'bn_node'");
}

TEST(Stage, holds_silu_as_two_operators) {
  Built b = convolution();
  const ValueId gate = b.g.op("Sigmoid", {b.y}, "gate");
  expect_one_island(b.g, b.g.op("Mul", {b.y, gate}, "f"));
}

TEST(Stage, holds_hard_swish_as_four_operators) {
  Built b = convolution();
  QuantizedGraph& g = b.g;
  const ValueId moved = g.op("Add", {b.y, g.constant("three", {}, {3})}, "moved");
  const ValueId gate =
      g.op("Clip", {moved, g.constant("lo", {}, {0}), g.constant("hi", {}, {6})}, "gate");
  const ValueId product = g.op("Mul", {gate, b.y}, "product");
  expect_one_island(g, g.op("Div", {product, g.constant("six", {1}, {6})}, "f"));
}

TEST(Stage, follows_a_product_of_rows) {
  for (const std::int64_t transposed : {0, 1}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {5, 10}), "xd", 1 / 32.0F, -7);
    const Shape shape = transposed != 0 ? Shape{kChannels, 10} : Shape{10, kChannels};
    const ValueId w = g.dequantize(g.weights("w", shape), "wd", 1 / 256.0F, 0);
    const ValueId y = g.op("Gemm", {x, w}, "y", {{"transB", transposed}});
    const ValueId scaled =
        g.op("Mul", {y, g.constant("factor", {1, kChannels}, {1, 2, -1, 0.3F, 4, 0})}, "scaled");
    expect_one_island(g, g.op("Tanh", {scaled}, "f"), "Gemm", {5, 10});
  }
}

TEST(Stage, follows_a_transposed_convolution) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 3, 7, 6}), "xd", 1 / 32.0F, 3);
  const ValueId w = g.dequantize(g.weights("w", {3, 4, 2, 2}), "wd", 1 / 256.0F, 0);
  const ValueId y =
      g.op("ConvTranspose", {x, w}, "y", {{"strides", std::vector<std::int64_t>{2, 2}}});
  expect_one_island(g, g.op("LeakyRelu", {y}, "f"), "ConvTranspose", {1, 3, 7, 6});
}

TEST(Stage, does_not_hold_what_is_read_elsewhere) {
  Built b = convolution();
  const ValueId f = b.g.op("Tanh", {b.y}, "f");
  b.g.output(f);
  b.g.output(b.g.pair(f, "yd", 1 / 24.0F, -20));
  const Lowered lowered = lower(b.g.model());
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8ToFloat);
  EXPECT_EQ(decision(lowered, "y_node").reason, "its result is read in float by Tanh 'f_node'");
}

TEST(Stage, is_not_blamed_for_a_result_with_scales_of_columns) {
  Built b = convolution();
  const ValueId scales = b.g.constant("scales", {8}, std::vector<float>(8, 0.01F));
  const ValueId zeros = b.g.weights("zeros", {8});
  const ValueId f = b.g.op("Tanh", {b.y}, "f");
  b.g.output(b.g.op("QuantizeLinear", {f, scales, zeros}, "q", {{"axis", std::int64_t{3}}}));
  EXPECT_EQ(
      decision(lower(b.g.model()), "y_node").reason,
      "its result is quantized by QuantizeLinear 'q_node' to another type than those of 8 and "
      "16 bits, per channel, or with computed parameters");
}

TEST(Stage, does_not_hold_a_constant_that_widens_the_result) {
  Built b = convolution();
  const ValueId row = b.g.constant("row", {8}, {1, 2, 3, 4, 5, 6, 7, 8});
  b.g.output(b.g.pair(b.g.op("Mul", {b.y, row}, "f"), "yd", 1 / 24.0F, -20));
  EXPECT_EQ(decision(lower(b.g.model()), "y_node").execution, Execution::kInt8ToFloat);
}

}  // namespace
}  // namespace xquant::integer
