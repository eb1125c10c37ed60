#include "pipeline/unequal_concats.h"

#include <algorithm>
#include <string>
#include <vector>

#include "pipeline/proposed_cut.h"
#include "quantize/policy/leave_float.h"
#include "quantize/policy/region.h"

namespace xquant::pipeline {
namespace {

struct Operand {
  ValueId tensor;
  double extent;  ///< of its range with zero
};

std::vector<Operand> operands_of(const Node& concat, const quantize::ActivationStats& stats) {
  std::vector<Operand> operands;
  for (const ValueId input : concat.inputs) {
    const auto found = stats.find(input);
    if (found == stats.end()) continue;
    const double low = std::min(static_cast<double>(found->second.min()), 0.0);
    const double high = std::max(static_cast<double>(found->second.max()), 0.0);
    operands.push_back({input, high - low});
  }
  return operands;
}

bool leads_to_computing(const Graph& graph, ValueId tensor, const plan::Target& target) {
  const std::vector<ValueId> start{tensor};
  const std::vector<bool> behind = quantize::nodes_behind(graph, start);
  const std::vector<NodeId> nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
    return behind[index(id)] && target.computing.contains(graph.node(id).op_type);
  });
}

/// What to paste: names that cut the graph before the Concat, so that the chip's part ends there.
std::string advice(const Graph& graph, const std::vector<ValueId>& operands) {
  const std::string cut = proposed_cut(graph, operands);
  return cut.empty() ? "" : "To end the int8 part before it: " + cut;
}

}  // namespace

void release_unequal_concats(const FloatModel& source, const plan::Target& target,
                             const quantize::ActivationStats& stats, plan::QuantPlan& plan,
                             const Context& context) {
  constexpr double kFewLevels = 16;
  const Graph& graph = source.graph();
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    const plan::Group* group = plan.find_group(node.output(0));
    if (!node.is("Concat") || !plan.node(id).quantized || group == nullptr) continue;
    const std::vector<Operand> operands = operands_of(node, stats);
    const auto narrow =
        std::min_element(operands.begin(), operands.end(),
                         [](const Operand& a, const Operand& b) { return a.extent < b.extent; });
    if (narrow == operands.end() || narrow->extent <= 0) continue;
    const double levels = narrow->extent / static_cast<double>(group->params.scales[0]);
    if (levels >= kFewLevels || leads_to_computing(graph, node.output(0), target)) continue;
    std::vector<ValueId> tensors;
    for (const Operand& operand : operands) {
      if (std::find(tensors.begin(), tensors.end(), operand.tensor) == tensors.end()) {
        tensors.push_back(operand.tensor);
      }
    }
    std::vector<bool> nodes = quantize::nodes_behind(graph, node.outputs);
    nodes[index(id)] = true;
    quantize::leave_float(
        graph, nodes,
        "it joins or follows tensors of ranges so unequal that int8 would lose '" +
            graph.value(narrow->tensor).name + "'",
        plan);
    context.diagnostics.warn(
        "XQ-QNT-010",
        "The operands of this Concat have ranges so unequal that '" +
            graph.value(narrow->tensor).name + "' would keep " +
            std::to_string(static_cast<int>(levels) + 1) +
            " of 256 levels in the result. It stays float, and so does what follows.",
        {.node = node.name, .tensor = graph.value(node.output(0)).name}, advice(graph, tensors));
  }
}

}  // namespace xquant::pipeline
