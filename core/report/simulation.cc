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

xq_quant quant_of(const integer::Linear& linear) {
  return xq_quant_of(linear.type == DataType::kUint8 ? XQ_U8 : XQ_S8, linear.scales[0],
                     linear.zero_points[0]);
}

/// The real numbers of the smallest and the largest code.
template <typename Code>
quantize::Extent extent_of_codes(std::span<const Code> codes, const integer::Linear& linear) {
  quantize::Extent extent;
  if (codes.empty()) return extent;
  Code low = codes[0], high = codes[0];
  for (const Code code : codes) {
    low = code < low ? code : low;
    high = code > high ? code : high;
  }
  const xq_quant quant = quant_of(linear);
  xq_dequantize(&low, 1, &quant, &extent.min);
  xq_dequantize(&high, 1, &quant, &extent.max);
  return extent;
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

void Watched::read(std::size_t first, std::span<float> reals) const {
  if (linear_ == nullptr) {
    std::copy_n(view_.as<float>().begin() + static_cast<std::ptrdiff_t>(first), reals.size(),
                reals.begin());
    return;
  }
  const xq_quant quant = quant_of(*linear_);
  xq_dequantize(static_cast<const std::uint8_t*>(view_.data) + first, reals.size(), &quant,
                reals.data());
}

quantize::Extent Watched::extent() const {
  if (linear_ == nullptr) return quantize::extent_of(view_.as<float>());
  if (linear_->type == DataType::kUint8) {
    return extent_of_codes(view_.as<std::uint8_t>(), *linear_);
  }
  return extent_of_codes(view_.as<std::int8_t>(), *linear_);
}

void take(const Watched& values, const Sampled& sampled, std::vector<float>& reals) {
  reals.resize(sampled.count());
  std::size_t at = 0;
  sampled.for_each_run([&](std::size_t first, std::size_t count) {
    values.read(first, std::span(reals).subspan(at, count));
    at += count;
  });
}

void SimulationObserver::on_value(ValueId id, const runtime::TensorView& view) {
  for (const Simulation::Seen& seen : simulation_.seen(id)) {
    if (view.type != (seen.linear ? seen.linear->type : DataType::kFloat)) continue;
    on_watched(seen.watched, Watched(view, seen.linear ? &*seen.linear : nullptr));
  }
}

}  // namespace xquant::report
