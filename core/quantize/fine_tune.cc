#include "quantize/fine_tune.h"

#include <algorithm>
#include <string>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/reconstruct/reconstruct.h"

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

std::vector<StageRecord> fine_tune(const Subject& subject, int level, plan::QuantPlan& plan) {
  const plan::QuantPlan start = plan;
  Reconstruction best = reconstruct(subject, start, effort_of(1, level));
  const double first = best.output_noise;
  int chosen = 1;
  for (int tried = 2; tried <= level; ++tried) {
    Reconstruction thorough = reconstruct(subject, start, effort_of(tried, level));
    if (!(thorough.output_noise < best.output_noise)) continue;
    best = std::move(thorough);
    chosen = tried;
  }
  if (level > 1) {
    best.records.push_back({.stage = "thorough reconstruction",
                            .node = "",
                            .tensor = "",
                            .choice = "that of finetune_level " + std::to_string(chosen),
                            .before_db = decibel(1, first),
                            .after_db = decibel(1, best.output_noise)});
  }
  plan = std::move(best.plan);
  return std::move(best.records);
}

}  // namespace xquant::quantize
