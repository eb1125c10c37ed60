#include "report/simulation.h"

#include <algorithm>

#include "int8/xq_int8.h"
#include "integer/lower.h"
#include "integer/program.h"

namespace xquant::report {
namespace {

/// Lowering keeps what is an output, so that every watched tensor can be found in its result.
Model model_of(const Graph& graph, const runtime::OpsetImports& opsets,
               const std::vector<std::string>& watched) {
  Model model;
  model.opset_imports = opsets;
  model.graph = graph;
  std::vector<ValueId>& outputs = model.graph.outputs;
  for (const std::string& name : watched) {
    const ValueId value = model.graph.find_value(name);
    if (value == ValueId::kNone || model.graph.is_input(value)) continue;
    if (std::find(outputs.begin(), outputs.end(), value) == outputs.end()) outputs.push_back(value);
  }
  return model;
}

/// Where the numbers of a float value are: behind a DequantizeLinear its codes are computed anyway,
/// the value itself perhaps not.
std::pair<ValueId, std::optional<integer::Linear>> source_of(const Graph& graph, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  if (producer == NodeId::kNone || !graph.node(producer).is("DequantizeLinear")) return {value, {}};
  const auto linear = integer::read_linear(graph, graph.node(producer));
  if (!linear || !linear->per_tensor() || !linear->is_eight_bit()) return {value, {}};
  return {graph.node(producer).input(0), linear};
}

void dequantize(const runtime::TensorView& view, const integer::Linear& linear,
                std::vector<float>& reals) {
  reals.resize(static_cast<std::size_t>(view.size()));
  const xq_quant quant = xq_quant_of(linear.type == DataType::kUint8 ? XQ_U8 : XQ_S8,
                                     linear.scales[0], linear.zero_points[0]);
  xq_dequantize(view.data, reals.size(), &quant, reals.data());
}

}  // namespace

Simulation::Simulation(const Graph& graph, const runtime::OpsetImports& opsets,
                       const std::vector<std::string>& watched, Computes computes) {
  const integer::Lowered lowered = integer::lower(model_of(graph, opsets, watched));
  std::vector<ValueId> outputs;
  const auto add_output = [&](ValueId value) {
    if (std::find(outputs.begin(), outputs.end(), value) == outputs.end()) outputs.push_back(value);
  };
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const ValueId value = lowered.graph.find_value(watched[i]);
    if (value == ValueId::kNone) continue;
    const auto [source, linear] = source_of(lowered.graph, value);
    seen_[source].push_back({i, linear});
    if (computes == Computes::kWatched) add_output(source);
  }
  if (computes == Computes::kOutputs) {
    for (const ValueId output : graph.outputs) {
      const ValueId value = lowered.graph.find_value(graph.value(output).name);
      if (value != ValueId::kNone) add_output(value);
    }
  }
  std::vector<ValueId> observed;
  for (const auto& [value, entries] : seen_) observed.push_back(value);
  program_ = integer::compile(lowered, opsets,
                              {.outputs = std::move(outputs),
                               .obstacles = runtime::Obstacles::kLeaveOut,
                               .observed = std::move(observed)});
}

std::span<const Simulation::Seen> Simulation::seen(ValueId id) const {
  const auto found = seen_.find(id);
  if (found == seen_.end()) return {};
  return found->second;
}

void SimulationObserver::on_value(ValueId id, const runtime::TensorView& view) {
  for (const Simulation::Seen& seen : simulation_.seen(id)) {
    if (seen.linear && view.type == seen.linear->type) {
      dequantize(view, *seen.linear, reals_);
      on_watched(seen.watched, reals_, view);
    } else if (!seen.linear && view.type == DataType::kFloat) {
      on_watched(seen.watched, view.as<float>(), view);
    }
  }
}

}  // namespace xquant::report
