// Activations with a scale for each channel, as NNCF gives them to depthwise convolutions.

#include <gtest/gtest.h>

#include "integer/compare.h"
#include "integer/program.h"
#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int64_t kChannels = 6;

std::vector<float> scales(float unit) {
  std::vector<float> list;
  for (std::int64_t c = 0; c < kChannels; ++c) list.push_back(c % 3 == 0 ? 2 * unit : unit / 2);
  return list;
}

/// QuantizeLinear and DequantizeLinear along dimension 1.
ValueId pair_of_channels(QuantizedGraph& g, ValueId x, const std::string& name, float unit,
                         const std::vector<std::int32_t>& zeros) {
  const ValueId scale = g.constant(name + "_scale", {kChannels}, scales(unit));
  const ValueId zero = g.graph.add_constant(
      name + "_zero", Tensor::of<std::int8_t>({kChannels}, {zeros.begin(), zeros.end()}));
  const Attributes axis{{"axis", std::int64_t{1}}};
  const ValueId q = g.op("QuantizeLinear", {x, scale, zero}, name + "_quantized", axis);
  g.graph.value(q).type.element = DataType::kInt8;
  return g.op("DequantizeLinear", {q, scale, zero}, name, axis);
}

struct Built {
  QuantizedGraph g;
};

/// A convolution, Relu, scales of channels, a depthwise convolution: unit 1/64 makes all of it
/// exact.
Built separable(bool with_pad, float unit, std::int32_t zero) {
  Built b;
  QuantizedGraph& g = b.g;
  const ValueId x = g.pair(g.input("x", {1, 3, 9, 8}), "xd", 1 / 32.0F, 3);
  const ValueId w = g.dequantize(g.weights("w", {kChannels, 3, 1, 1}), "wd", 1 / 256.0F, 0);
  const ValueId relu = g.op("Relu", {g.op("Conv", {x, w}, "y")}, "r");
  ValueId c = pair_of_channels(g, relu, "cd", unit, std::vector(kChannels, zero));
  Attributes attributes{{"group", kChannels}};
  if (with_pad) {
    const ValueId amounts =
        g.graph.add_constant("amounts", Tensor::of<std::int64_t>({8}, {0, 0, 1, 0, 0, 0, 2, 1}));
    c = g.op("Pad", {c, amounts, g.constant("fill", {}, {0})}, "pad");
  } else {
    attributes["pads"] = Ints{1, 1, 1, 1};
  }
  const ValueId d =
      g.dequantize_axis(g.weights("d", {kChannels, 1, 3, 3}), "dd", scales(1 / 256.0F), 0);
  g.output(g.pair(g.op("Conv", {c, d}, "z", attributes), "zd", 1 / 8.0F, -20));
  return b;
}

TEST(ScalesOfChannels, of_a_depthwise_convolution_run_in_int8) {
  for (const bool with_pad : {false, true}) {
    for (const std::int32_t zero : {0, -128}) {
      const Built b = separable(with_pad, 1 / 64.0F, zero);
      const Model model = b.g.model();
      const Lowered lowered = lower(model);
      EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
      EXPECT_EQ(decision(lowered, "z_node").execution, Execution::kInt8)
          << decision(lowered, "z_node").reason;
      EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Conv Conv DequantizeLinear ");
      expect_equal_runs(lowered, model, {random_reals({1, 3, 9, 8}, 7)});
    }
  }
}

TEST(ScalesOfChannels, differ_from_float_at_ties_only) {
  const Built b = separable(false, 0.0173F, -128);
  const Model model = b.g.model();
  const Lowered lowered = lower(model);
  ASSERT_EQ(lowered.islands.size(), 2U);
  runtime::Executor executor(compile(lowered, model.opset_imports));
  struct Keeper final : runtime::Observer {
    explicit Keeper(const Graph& g) : graph(g) {}
    void on_value(ValueId id, const runtime::TensorView& view) override {
      values[graph.value(id).name] = runtime::copy_of(view);
    }
    const Graph& graph;
    std::map<std::string, Tensor> values;
  } keeper(lowered.graph);
  executor.run(std::vector{random_reals({1, 3, 9, 8}, 7)}, &keeper);
  for (const Island& island : lowered.islands) {
    IslandComparison comparison(lowered, model.opset_imports, island, nullptr);
    comparison.add(std::vector{keeper.values.at(island.inputs[0])},
                   keeper.values.at(island.output));
    EXPECT_GT(comparison.stats().elements, 0);
    EXPECT_EQ(comparison.stats().unexplained, 0) << island.node;
    EXPECT_LE(comparison.stats().largest_steps, 1) << island.node;
    EXPECT_LT(comparison.stats().saturated_high, comparison.stats().elements / 4) << island.node;
  }
}

TEST(ScalesOfChannels, keep_what_sums_over_channels_in_float) {
  QuantizedGraph g;
  const ValueId x = pair_of_channels(g, g.input("x", {1, kChannels, 5, 5}), "xd", 1 / 32.0F,
                                     std::vector(kChannels, 0));
  const ValueId w = g.dequantize(g.weights("w", {4, kChannels, 3, 3}), "wd", 1 / 256.0F, 0);
  g.output(g.pair(g.op("Conv", {x, w}, "y"), "yd", 1 / 8.0F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").reason, "its input has a scale for each channel");
  expect_equal_runs(lowered, model, {random_reals({1, kChannels, 5, 5}, 1)});
}

TEST(ScalesOfChannels, with_zero_points_of_their_own_stay_float) {
  QuantizedGraph g;
  const ValueId x =
      pair_of_channels(g, g.input("x", {1, kChannels, 5, 5}), "xd", 1 / 32.0F, {0, 1, 2, 3, 4, 5});
  const ValueId w = g.dequantize(g.weights("w", {kChannels, 1, 3, 3}), "wd", 1 / 256.0F, 0);
  g.output(g.pair(g.op("Conv", {x, w}, "y", {{"group", kChannels}}), "yd", 1 / 8.0F, 0));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kFloat);
  expect_equal_runs(lowered, model, {random_reals({1, kChannels, 5, 5}, 1)});
}

}  // namespace
}  // namespace xquant::integer
