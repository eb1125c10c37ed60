// Operators on real numbers: the integer kernels give the float path's bits, or at a tie one step.

#include <gtest/gtest.h>

#include "integer/compare.h"
#include "integer/program.h"
#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

/// Keeps what the islands of a model read and write.
class Keeper final : public runtime::Observer {
 public:
  explicit Keeper(const Graph& graph) : graph_(graph) {}
  void on_value(ValueId id, const runtime::TensorView& view) override {
    values[graph_.value(id).name] = runtime::copy_of(view);
  }
  std::map<std::string, Tensor> values;

 private:
  const Graph& graph_;
};

/// Expects the operator to be an island without unexplained differences.
void expect_explained(const QuantizedGraph& g, const std::vector<Tensor>& inputs) {
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8)
      << decision(lowered, "y_node").reason;
  runtime::Executor executor(compile(lowered, model.opset_imports));
  Keeper keeper(lowered.graph);
  executor.run(inputs, &keeper);
  for (const Island& island : lowered.islands) {
    IslandComparison comparison(lowered, model.opset_imports, island);
    std::vector<Tensor> operands;
    for (const std::string& name : island.inputs) operands.push_back(keeper.values.at(name));
    comparison.add(operands, keeper.values.at(island.output));
    EXPECT_GT(comparison.stats().elements, 0);
    EXPECT_EQ(comparison.stats().unexplained, 0) << island.node;
    EXPECT_LE(comparison.stats().largest_steps, 1) << island.node;
  }
}

TEST(Resize, interpolates_rows_and_columns_for_every_kind_of_coordinates) {
  for (const char* mode : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                           "align_corners", "asymmetric"}) {
    for (const bool by_size : {false, true}) {
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 3, 7, 10}), "xd", 0.031F, 3);
      const ValueId scales = g.constant("scales", {4}, {1, 1, 2.3F, 0.7F});
      const ValueId sizes =
          g.graph.add_constant("sizes", Tensor::of<std::int64_t>({4}, {2, 3, 15, 6}));
      std::vector<ValueId> inputs{x, ValueId::kNone, by_size ? ValueId::kNone : scales};
      if (by_size) inputs.push_back(sizes);
      const ValueId y = g.op(
          "Resize", inputs, "y",
          {{"mode", std::string("linear")}, {"coordinate_transformation_mode", std::string(mode)}});
      g.output(g.pair(y, "yd", 0.027F, -9));
      expect_explained(g, {random_reals({2, 3, 7, 10}, 5)});
    }
  }
}

TEST(Binary, broadcasts_and_bounds_its_result) {
  for (const char* type : {"Add", "Sub", "Mul", "Div", "Min", "Max"}) {
    QuantizedGraph g;
    const ValueId a = g.pair(g.input("a", {2, 3, 40}), "ad", 0.031F, 3);
    const ValueId b = g.pair(g.input("b", {3, 1}), "bd", 0.027F, 100, DataType::kUint8);
    const ValueId y = g.op("Relu", {g.op(type, {a, b}, "y")}, "r");
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

}  // namespace
}  // namespace xquant::integer
