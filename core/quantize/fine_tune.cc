#include "quantize/fine_tune.h"

#include <algorithm>

namespace xquant::quantize {
namespace {

/// Stages go node by node, and If, Loop and Scan run whole subgraphs.
bool has_subgraphs(const Graph& graph) {
  const auto holds_graph = [](const auto& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second);
  };
  const std::vector<NodeId> nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
    const Attributes& attributes = graph.node(id).attributes;
    return std::any_of(attributes.begin(), attributes.end(), holds_graph);
  });
}

}  // namespace

bool can_fine_tune(const Subject& subject, int level, Diagnostics& diagnostics) {
  if (level < 1) return false;
  if (subject.samples.count() - subject.samples.skipped() < 2) {
    diagnostics.warn("XQ-TUN-001",
                     "Fine-tuning needs at least two calibration samples, one of them to judge; "
                     "finetune_level runs as 0.");
    return false;
  }
  if (!has_subgraphs(subject.graph)) return true;
  diagnostics.warn("XQ-TUN-002",
                   "Fine-tuning does not know If, Loop and Scan; finetune_level runs as 0.", {},
                   "Export the model without control flow, or cut it off with truncate_var_names.");
  return false;
}

Reconstruction fine_tune(const Subject& subject, const plan::QuantPlan& calibrated,
                         ReferenceRecorder* recorded) {
  return reconstruct(subject, calibrated, Effort{}, recorded);
}

}  // namespace xquant::quantize
