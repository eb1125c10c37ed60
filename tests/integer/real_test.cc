// Operators on real numbers: the integer kernels give the float path's bits, or
// at a tie one step.

#include <gtest/gtest.h>

#include "integer/as_run.h"
#include "integer/compare.h"
#include "integer/program.h"
#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Binary, broadcasts_and_bounds_its_result) {
  for (const char* type : {"Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Pow", "Mod"}) {
    QuantizedGraph g;
    const ValueId a = g.pair(g.input("a", {2, 3, 40}), "ad", 0.031F, 3);
    const ValueId b = g.pair(g.input("b", {3, 1}), "bd", 0.027F, 100, DataType::kUint8);
    Attributes attributes;
    if (type == std::string("Mod")) attributes["fmod"] = std::int64_t{1};
    const ValueId y = g.op("Relu", {g.op(type, {a, b}, "y", attributes)}, "r");
    g.output(g.pair(y, "yd", 0.05F, -100));
    expect_explained(g, {random_reals({2, 3, 40}, 1), random_reals({3, 1}, 2)});
  }
}

TEST(Binary, takes_a_quantized_constant) {
  QuantizedGraph g;
  const ValueId a = g.pair(g.input("a", {2, 8, 5}), "ad", 0.031F, 3);
  const ValueId b = g.dequantize(g.weights("b", {8, 1}), "bd", 0.02F, 5);
  g.output(g.pair(g.op("Mul", {a, b}, "y"), "yd", 0.05F, 1));
  expect_explained(g, {random_reals({2, 8, 5}, 1)});
}

TEST(Pooling, averages_exactly) {
  for (const std::int64_t padded : {0, 1}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 3, 9, 9}), "xd", 0.031F, 3);
    const ValueId y = g.op("AveragePool", {x}, "y",
                           {{"kernel_shape", Ints{3, 3}},
                            {"strides", Ints{2, 2}},
                            {"pads", Ints{1, 1, 1, 1}},
                            {"ceil_mode", std::int64_t{1}},
                            {"count_include_pad", padded}});
    g.output(g.pair(y, "yd", 0.02F, -5));
    expect_explained(g, {random_reals({1, 3, 9, 9}, 1)});
  }
}

TEST(Reductions, take_a_run_of_axes) {
  for (const char* type : {"ReduceMean", "ReduceMax", "GlobalAveragePool"}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 3, 4, 5}), "xd", 0.031F, 3);
    const Attributes axes =
        std::string(type).starts_with("Reduce") ? Attributes{{"axes", Ints{-1, -2}}} : Attributes{};
    g.output(g.pair(g.op(type, {x}, "y", axes), "yd", 0.02F, -5));
    expect_explained(g, {random_reals({2, 3, 4, 5}, 1)});
  }
}

TEST(Reductions, are_norms) {
  for (const char* type : {"ReduceL1", "ReduceL2", "ReduceSumSquare", "GlobalLpPool", "LpPool"}) {
    for (const std::int64_t p : {1, 2, 5}) {
      SCOPED_TRACE(type);
      const std::string name = type;
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 3, 4, 5}), "xd", 0.031F, 3);
      Attributes attributes = {{"axes", Ints{1, 3}}};
      if (name == "GlobalLpPool") attributes = {{"p", p}};
      if (name == "LpPool")
        attributes = {{"p", p}, {"kernel_shape", Ints{2, 3}}, {"pads", Ints{1, 0, 0, 1}}};
      g.output(g.pair(g.op(type, {x}, "y", attributes), "yd", 0.2F, -100));
      expect_explained(g, {random_reals({2, 3, 4, 5}, 1)});
    }
  }
}

TEST(Pooling, of_other_norms_stays_float_and_says_so) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 3, 4, 5}), "xd", 0.031F, 3);
  g.output(g.pair(g.op("GlobalLpPool", {x}, "y", {{"p", std::int64_t{33}}}), "yd", 0.2F, -100));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason,
            "norms of other p than 1 to 32 have no int8 kernel");
}

TEST(Softmax, works_along_its_axis) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 7, 3}), "xd", 0.031F, 3);
  g.output(g.pair(g.op("Softmax", {x}, "y", {{"axis", std::int64_t{1}}}), "yd", 1 / 256.0F, -128));
  expect_explained(g, {random_reals({2, 7, 3}, 1)});
}

TEST(LayerNormalization, keeps_its_float_scale_and_bias) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 5, 8}), "xd", 0.031F, 3);
  const ValueId gamma = g.constant("gamma", {8}, {1, 2, 0.5F, 1, 1, -1, 1, 0});
  const ValueId beta = g.constant("beta", {8}, {0, 0.1F, 0, 0, 0, 0, -0.3F, 0});
  g.output(g.pair(g.op("LayerNormalization", {x, gamma, beta}, "y"), "yd", 0.03F, 0));
  expect_explained(g, {random_reals({2, 5, 8}, 1)});
}

/// y = the operator on an 8-bit x [2, 6, 5, 4], quantized: has to run in int8
/// with equal bits.
void expect_equal_normalization(const std::string& type, const std::vector<ValueId>& factors,
                                const Attributes& attributes, QuantizedGraph& g) {
  SCOPED_TRACE(type);
  std::vector<ValueId> operands{g.pair(g.input("x", {2, 6, 5, 4}), "xd", 0.031F, 3)};
  operands.insert(operands.end(), factors.begin(), factors.end());
  g.output(g.pair(g.op(type, operands, "y", attributes), "yd", 0.03F, -7));
  const std::vector<Tensor> inputs{random_reals({2, 6, 5, 4}, 1)};
  expect_explained(g, inputs);
  const Model model = g.model();
  expect_equal_runs(lower(model), model, inputs);
}

const std::vector<float> kSix{1, 2, -0.5F, 1, 0.1F, 3}, kSixMore{0, 0.1F, -0.3F, 1, 0, -2};

TEST(GroupNormalization, scales_groups_before_version_21_and_channels_since) {
  for (const std::int64_t opset : {18, 21}) {
    QuantizedGraph g;
    g.opset = opset;
    const std::int64_t entries = opset == 18 ? 3 : 6;
    const auto first = [&](const std::vector<float>& values) {
      return std::vector<float>(values.begin(), values.begin() + entries);
    };
    const ValueId scale = g.constant("scale", {entries}, first(kSix));
    const ValueId bias = g.constant("bias", {entries}, first(kSixMore));
    expect_equal_normalization("GroupNormalization", {scale, bias},
                               {{"num_groups", std::int64_t{3}}}, g);
  }
}

TEST(InstanceNormalization, takes_a_quantized_scale_and_bias) {
  QuantizedGraph plain;
  expect_equal_normalization(
      "InstanceNormalization",
      {plain.constant("scale", {6}, kSix), plain.constant("bias", {6}, kSixMore)}, {}, plain);
  QuantizedGraph g;  // as ONNX Runtime's quantizer writes it
  const ValueId scale = g.dequantize(g.weights("scale", {6}), "sd", 0.02F, 5);
  const ValueId bias = g.graph.add_constant(
      "bias", Tensor::of<std::int32_t>({6}, {0, 100, -3000, 70000, 1, -20000000}));
  expect_equal_normalization("InstanceNormalization",
                             {scale, g.op("DequantizeLinear", {bias, g.scale(1e-5F)}, "bd")}, {},
                             g);
}

TEST(RmsNormalization, has_the_bits_of_the_float_operator) {
  QuantizedGraph g;
  g.opset = 23;
  expect_equal_normalization("RMSNormalization", {g.constant("scale", {4}, {1, 2, -0.5F, 0.1F})},
                             {}, g);
  QuantizedGraph simplified;
  expect_equal_normalization("SimplifiedLayerNormalization",
                             {simplified.constant("scale", {4}, {1, 2, -0.5F, 0.1F})}, {},
                             simplified);
}

TEST(Normalization, repeats_a_scale_that_broadcasts_over_the_normalized_dimensions) {
  for (const char* type : {"LayerNormalization", "RMSNormalization"}) {
    for (const Shape& shape : {Shape{4}, Shape{5, 1}, Shape{1, 5, 4}, Shape{1, 1, 1, 1}}) {
      if (type == std::string("LayerNormalization") && shape.size() > 2) continue;
      QuantizedGraph g;
      g.opset = 23;
      const auto n = static_cast<std::size_t>(element_count(shape));
      std::vector<float> values;
      for (std::size_t i = 0; i < n; ++i) values.push_back(kSix[i % 6] + kSixMore[i % 5]);
      std::vector<ValueId> factors{g.constant("scale", shape, values)};
      if (type == std::string("LayerNormalization"))
        factors.push_back(g.constant("bias", {5, 1}, {0, 0.1F, 1, -1, 0.3F}));
      expect_equal_normalization(type, factors, {{"axis", std::int64_t{-2}}}, g);
    }
  }
}

TEST(Normalization, of_rows_with_scales_of_their_own_stays_float) {
  QuantizedGraph g;
  g.opset = 23;
  const ValueId x = g.pair(g.input("x", {2, 3, 2}), "xd", 0.031F, 3);
  const ValueId scale = g.constant("scale", {3, 2}, kSix);
  g.output(g.pair(g.op("RMSNormalization", {x, scale}, "y"), "yd", 0.03F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "its scale or bias may differ from row to row");
  expect_equal_runs(lowered, model, {random_reals({2, 3, 2}, 1)});
}

TEST(Reductions, without_axes_reduce_everything) {
  for (const std::int64_t keeps : {0, 1}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 3, 4, 5}), "xd", 0.031F, 3);
    g.output(g.pair(g.op("ReduceMean", {x}, "y", {{"keepdims", keeps}}), "yd", 0.002F, -5));
    expect_explained(g, {random_reals({2, 3, 4, 5}, 1)});
    const Model model = g.model();
    expect_equal_runs(lower(model), model, {random_reals({2, 3, 4, 5}, 1)});
  }
}

TEST(MatMul, takes_constants_in_front_or_in_batches) {
  for (const bool in_front : {false, true}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 6, 6}), "xd", 1 / 32.0F, 3);
    const ValueId w =
        g.dequantize(g.weights("w", in_front ? Shape{5, 6} : Shape{2, 6, 5}), "wd", 1 / 64.0F, -9);
    const ValueId y = g.op("MatMul", in_front ? std::vector{w, x} : std::vector{x, w}, "y");
    g.output(g.pair(y, "yd", 0.5F, 2));
    expect_explained(g, {random_reals({2, 6, 6}, 1)});
    const Model model = g.model();
    expect_equal_runs(lower(model), model, {random_reals({2, 6, 6}, 1)});
  }
}

TEST(Operands, may_be_one_tensor) {
  for (const char* type : {"MatMul", "Mul"}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {6, 6}), "xd", 1 / 32.0F, 3);
    g.output(g.pair(g.op(type, {x, x}, "y"), "yd", 0.5F, 2));
    expect_explained(g, {random_reals({6, 6}, 1)});
    const Model model = g.model();
    expect_equal_runs(lower(model), model, {random_reals({6, 6}, 1)});
  }
}

TEST(MatMul, multiplies_two_activations) {
  QuantizedGraph g;
  const ValueId a = g.pair(g.input("a", {2, 1, 6, 8}), "ad", 1 / 32.0F, 3);
  const ValueId b = g.pair(g.input("b", {3, 8, 5}), "bd", 1 / 64.0F, -9);
  g.output(g.pair(g.op("MatMul", {a, b}, "y"), "yd", 0.5F, 2));
  expect_explained(g, {random_reals({2, 1, 6, 8}, 1), random_reals({3, 8, 5}, 2)});
  const Model model = g.model();
  expect_equal_runs(lower(model), model,
                    {random_reals({2, 1, 6, 8}, 1), random_reals({3, 8, 5}, 2)});
}

TEST(MatMul, runs_in_float_where_int32_may_not_hold_its_sums) {
  // 33026 * 255 * 255 > 2^31; a zero point of 0 at the second operand leaves
  // room for 65793.
  constexpr std::int64_t kDepth = 33026;
  for (const int zero : {-9, 0}) {
    for (const bool declared : {false, true}) {
      QuantizedGraph g;
      const ValueId a = g.pair(g.input("a", {2, kDepth}), "ad", 1 / 32.0F, 3);
      const ValueId b = g.pair(g.input("b", {kDepth, 2}), "bd", 1 / 64.0F, zero);
      if (declared) g.graph.value(a).type.shape = DeclaredShape{std::int64_t{2}, kDepth};
      const ValueId y = g.op("Relu", {g.op("MatMul", {a, b}, "y")}, "r");
      g.output(g.pair(y, "yd", 4.0F, 2));
      const Model model = g.model();
      const std::vector<Tensor> inputs{random_reals({2, kDepth}, 1), random_reals({kDepth, 2}, 2)};
      if (zero == 0) {
        expect_explained(g, inputs);
        continue;
      }
      const Lowered lowered = lower(model);
      expect_equal_runs(lowered, model, inputs);
      if (!declared) continue;  // known when it runs
      EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kFloat);
      EXPECT_EQ(decision(lowered, "y_node").reason,
                "its sums of 33026 products can leave int32, which holds 33025 "
                "of any operands");
    }
  }
}

TEST(MatMul, is_decided_by_the_depth_that_either_operand_declares) {
  for (const std::int64_t depth : {33025, 33026}) {
    for (const bool first : {false, true}) {
      QuantizedGraph g;
      const ValueId a = g.pair(g.input("a", {2, depth}), "ad", 1 / 32.0F, 3);
      const ValueId b = g.pair(g.input("b", {depth, 2}), "bd", 1 / 64.0F, -9);
      if (first)
        g.graph.value(a).type.shape = DeclaredShape{std::int64_t{2}, depth};
      else
        g.graph.value(b).type.shape = DeclaredShape{depth, std::int64_t{2}};
      g.output(g.pair(g.op("MatMul", {a, b}, "y"), "yd", 4.0F, 2));
      EXPECT_EQ(decision(lower(g.model()), "y_node").execution,
                depth == 33025 ? Execution::kInt8 : Execution::kFloat);
    }
  }
}

TEST(MatMul, is_float_in_the_decisions_of_a_run_whose_sums_were_too_deep) {
  struct Watch final : runtime::Observer {
    explicit Watch(const Lowered& lowered) : sums(lowered) {}
    void on_value(ValueId id, const runtime::TensorView& view) override { sums.see(id, view); }
    DeepSums sums;
  };
  for (const std::int64_t depth : {33025, 33026}) {
    QuantizedGraph g;
    const ValueId a = g.pair(g.input("a", {2, depth}), "ad", 1 / 32.0F, 3);
    const ValueId b = g.pair(g.input("b", {depth, 2}), "bd", 1 / 64.0F, -9);
    g.output(g.pair(g.op("Relu", {g.op("MatMul", {a, b}, "deep")}, "relu"), "deep_d", 4.0F, 2));
    const ValueId c = g.pair(g.input("c", {2, 2}), "cd", 1 / 64.0F, -9);
    g.output(g.pair(g.op("MatMul", {c, a}, "shallow"), "shallow_d", 4.0F, 2));
    const Model model = g.model();
    Lowered lowered = lower(model);
    runtime::Executor executor(compile(lowered, model.opset_imports));
    Watch watch(lowered);
    executor.run(std::vector{random_reals({2, depth}, 1), random_reals({depth, 2}, 2),
                             random_reals({2, 2}, 3)},
                 &watch);
    lowered.decisions = as_run(lowered.decisions, watch.sums.why_float());
    const Execution expected = depth == 33026 ? Execution::kFloat : Execution::kInt8;
    EXPECT_EQ(decision(lowered, "deep_node").execution, expected);
    EXPECT_EQ(decision(lowered, "relu_node").execution, expected);
    EXPECT_EQ(decision(lowered, "shallow_node").execution, Execution::kInt8);
    EXPECT_EQ(decision(lowered, "deep_node").reason, depth == 33026 ? too_deep(33026, 33025) : "");
    EXPECT_EQ(decision(lowered, "relu_node").reason, part_of("deep_node"));
  }
}

TEST(ConvTranspose, gives_the_bits_of_the_float_path) {
  for (const std::int64_t groups : {1, 2}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 4, 5, 6}), "xd", 1 / 32.0F, 3);
    const ValueId w = g.dequantize(g.weights("w", {4, 3, 3, 3}), "wd", 1 / 128.0F, 0);
    const ValueId y = g.op("ConvTranspose", {x, w}, "y",
                           {{"strides", Ints{2, 2}},
                            {"pads", Ints{1, 1, 1, 1}},
                            {"output_padding", Ints{1, 0}},
                            {"group", groups}});
    g.output(g.pair(y, "yd", 0.5F, 2));
    expect_explained(g, {random_reals({1, 4, 5, 6}, 1)});
    const Model model = g.model();
    expect_equal_runs(lower(model), model, {random_reals({1, 4, 5, 6}, 1)});
  }
}

TEST(Bias, in_real_numbers_is_rounded_to_the_accumulators_unit) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {3, 10}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {10, 4}), "wd", 0.0071F, 0);
  const ValueId b = g.constant("b", {4}, {0.1F, -0.2F, 0.33F, 1.0F});
  g.output(g.pair(g.op("Gemm", {x, w, b}, "y"), "yd", 0.02F, 2));
  const Lowered lowered = lower(g.model());
  ASSERT_EQ(lowered.islands.size(), 1U);
  EXPECT_GT(lowered.islands[0].bias_rounding, 0.0);
  EXPECT_LE(lowered.islands[0].bias_rounding, 0.5);
  expect_explained(g, {random_reals({3, 10}, 1)});
}

TEST(Bias, that_does_not_fit_int32_keeps_the_operator_float) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {3, 10}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {10, 2}), "wd", 1e-12F, 0);
  const ValueId b = g.constant("b", {2}, {0.0F, 1.0F});
  g.output(g.pair(g.op("Gemm", {x, w, b}, "y"), "yd", 0.02F, 2));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason,
            "its bias of channel 1 does not fit int32 at this scale");
}

TEST(Reductions, multiply_and_take_logarithms) {
  for (const char* type : {"ReduceProd", "ReduceLogSum", "ReduceLogSumExp"}) {
    for (const Ints& axes : {Ints{1, 2}, Ints{0, 2}}) {
      SCOPED_TRACE(type);
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 3, 4}), "xd", 0.031F, 3);
      g.output(g.pair(g.op(type, {x}, "y", {{"axes", axes}}), "yd", 0.05F, -5));
      const std::vector<Tensor> inputs{random_reals({2, 3, 4}, 1)};
      expect_explained(g, inputs);
      const Model model = g.model();
      expect_equal_runs(lower(model), model, inputs);
    }
  }
}

TEST(LpNormalization, has_the_bits_of_the_float_operator) {
  for (const std::int64_t p : {1, 2}) {
    for (const std::int64_t axis : {1, -1}) {
      QuantizedGraph g;
      expect_equal_normalization("LpNormalization", {}, {{"p", p}, {"axis", axis}}, g);
    }
  }
}

TEST(MeanVarianceNormalization, moves_dimensions_that_are_no_run) {
  for (const Ints& axes : {Ints{0, 2, 3}, Ints{-1, 2}, Ints{1, 3}, Ints{0, 1, 2, 3}}) {
    QuantizedGraph g;
    expect_equal_normalization("MeanVarianceNormalization", {}, {{"axes", axes}}, g);
  }
}

TEST(Lrn, has_the_bits_of_the_float_operator) {
  for (const std::int64_t size : {1, 3, 4, 20}) {
    QuantizedGraph g;
    expect_equal_normalization("LRN", {}, {{"size", size}, {"alpha", 0.5F}, {"beta", 0.6F}}, g);
  }
}

}  // namespace
}  // namespace xquant::integer
