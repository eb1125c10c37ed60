#include "integer/quantized_graph.h"

#include <gtest/gtest.h>

#include "integer/compare.h"
#include "integer/edit.h"
#include "integer/program.h"
#include "runtime/executor.h"

namespace xquant::integer {

ValueId QuantizedGraph::scale(float value) {
  return graph.add_constant("", Tensor::scalar<float>(value));
}

ValueId QuantizedGraph::zero(std::int32_t value, DataType type) {
  return graph.add_constant("", coded_tensor(type, {}, {value}));
}

ValueId QuantizedGraph::weights(const std::string& name, const Shape& shape, DataType type) {
  std::uniform_int_distribution<std::int32_t> any(lowest(type), highest(type));
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i) values.push_back(any(random));
  return graph.add_constant(name, coded_tensor(type, shape, values));
}

ValueId QuantizedGraph::quantize(ValueId x, const std::string& name, float s,
                                 std::int32_t zero_point, DataType type) {
  const ValueId q = op("QuantizeLinear", {x, scale(s), zero(zero_point, type)}, name);
  graph.value(q).type.element = type;
  return q;
}

ValueId QuantizedGraph::dequantize(ValueId q, const std::string& name, float s,
                                   std::int32_t zero_point, DataType type) {
  return op("DequantizeLinear", {q, scale(s), zero(zero_point, type)}, name);
}

ValueId QuantizedGraph::dequantize_axis(ValueId q, const std::string& name,
                                        const std::vector<float>& scales, std::int64_t axis,
                                        const std::vector<std::int32_t>& zero_points,
                                        DataType type) {
  const Shape shape{static_cast<std::int64_t>(scales.size())};
  std::vector<ValueId> inputs{q, graph.add_constant("", Tensor::of<float>(shape, scales))};
  if (!zero_points.empty())
    inputs.push_back(graph.add_constant("", coded_tensor(type, shape, zero_points)));
  return op("DequantizeLinear", inputs, name, {{"axis", axis}});
}

ValueId QuantizedGraph::pair(ValueId x, const std::string& name, float s, std::int32_t zero_point,
                             DataType type) {
  return dequantize(quantize(x, name + "_quantized", s, zero_point, type), name, s, zero_point,
                    type);
}

Model QuantizedGraph::model() const {
  Model model;
  model.ir_version = 8;
  model.opset_imports = {{"", opset}, {"com.microsoft", 1}};
  model.graph = graph;
  return model;
}

Tensor random_reals(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> any(-256, 255);
  std::vector<float> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i)
    values.push_back(static_cast<float>(any(random)) / 64.0F);
  return Tensor::of<float>(shape, values);
}

void expect_equal_runs(const Lowered& lowered, const Model& model,
                       const std::vector<Tensor>& inputs) {
  runtime::Executor integers(
      compile(lowered, model.opset_imports, {.observed = std::vector<ValueId>{}}));
  runtime::Executor reference(compile_reference(lowered, model.opset_imports));
  integers.run(inputs);
  const auto ours = integers.run(inputs), theirs = reference.run(inputs);  // from the planned arena
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].shape(), theirs[i].shape());
    EXPECT_TRUE(ours[i] == theirs[i]) << "output " << i;
  }
}

Decision decision(const Lowered& lowered, const std::string& node) {
  for (const Decision& decision : lowered.decisions) {
    if (decision.node == node) return decision;
  }
  ADD_FAILURE() << "no decision for " << node;
  return {};
}

namespace {

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

}  // namespace

void expect_explained(const QuantizedGraph& g, const std::vector<Tensor>& inputs) {
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8)
      << decision(lowered, "y_node").reason;
  expect_explained_islands(lowered, model, inputs);
}

void expect_explained_islands(const Lowered& lowered, const Model& model,
                              const std::vector<Tensor>& inputs) {
  runtime::Executor executor(compile(lowered, model.opset_imports));
  Keeper keeper(lowered.graph);
  executor.run(inputs, &keeper);
  for (const Island& island : lowered.islands) {
    IslandComparison comparison(lowered, model.opset_imports, island, nullptr);
    std::vector<Tensor> operands;
    for (const std::string& name : island.inputs) operands.push_back(keeper.values.at(name));
    comparison.add(operands, keeper.values.at(island.output));
    EXPECT_GT(comparison.stats().elements, 0);
    EXPECT_EQ(comparison.stats().unexplained, 0) << island.node;
    EXPECT_LE(comparison.stats().largest_steps, 1) << island.node;
  }
}

}  // namespace xquant::integer
