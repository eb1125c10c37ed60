#include "pipeline/proposed_cut.h"

#include <algorithm>

#include "pipeline/cut.h"
#include "quantize/policy/region.h"
#include "runtime/control_flow/control_flow.h"

namespace xquant::pipeline {
namespace {

std::string quoted_list(const Graph& graph, const std::vector<ValueId>& tensors) {
  std::string text = "[";
  for (const ValueId tensor : tensors) {
    text += (text.size() > 1 ? ", \"" : "\"") + graph.value(tensor).name + "\"";
  }
  return text + "]";
}

/// The results of computing operators; those that lead to none of the others come out of last().
class Computing {
 public:
  Computing(const Graph& graph, const plan::Target& target) : graph_(graph) {
    std::vector<ValueId> operands;
    for (const NodeId id : graph.nodes()) {
      const Node& node = graph.node(id);
      if (!node.domain.empty() || !target.computing.contains(node.op_type)) continue;
      results_.push_back(node.output(0));
      operands.insert(operands.end(), node.inputs.begin(), node.inputs.end());
    }
    std::erase(operands, ValueId::kNone);
    before_ = quantize::nodes_before(graph, operands);
  }

  bool leads_to_another(NodeId id) const { return before_[index(id)]; }

  std::vector<ValueId> last() const {
    std::vector<ValueId> found = results_;
    std::erase_if(found,
                  [&](ValueId value) { return leads_to_another(graph_.value(value).producer); });
    return found;
  }

 private:
  const Graph& graph_;
  std::vector<ValueId> results_;
  std::vector<bool> before_;
};

}  // namespace

std::string proposed_cut(const Graph& graph, std::vector<ValueId> tensors) {
  CutAttempt attempt = try_cut(graph, tensors);
  if (!attempt.cut && !attempt.missing.empty()) {
    tensors.insert(tensors.end(), attempt.missing.begin(), attempt.missing.end());
    attempt = try_cut(graph, tensors);
  }
  if (!attempt.cut) return "";
  return "\"quantization_parameters\": {\"truncate_var_names\": " + quoted_list(graph, tensors) +
         "}";
}

std::string cut_before_control_flow(const Graph& graph, const plan::Target& target) {
  const Computing computing(graph, target);
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    const bool branches = runtime::find_control_flow(node.domain, node.op_type) != nullptr;
    if (branches && computing.leads_to_another(id)) return "";
  }
  const std::vector<ValueId> last = computing.last();
  return last.empty() ? "" : proposed_cut(graph, last);
}

}  // namespace xquant::pipeline
