#include "quantize/fine_tune.h"

#include <algorithm>
#include <string>
#include <utility>

#include "quantize/calibrate/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/evidence.h"
#include "quantize/ranges/choose_ranges.h"

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

bool can_fine_tune(const Subject& subject, int level, const std::string& cut,
                   Diagnostics& diagnostics) {
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
                   "Export the model without control flow, or cut it off with " +
                       (cut.empty() ? "truncate_var_names." : cut));
  return false;
}

Reconstruction fine_tune(const Subject& subject, const ActivationStats& stats,
                         const plan::QuantPlan& calibrated, ReferenceRecorder* recorded) {
  Reconstruction best = reconstruct(subject, calibrated, Effort{}, recorded);
  // Where outliers had to be limited, the ranges of whole methods have lost by far.
  if (best.gains || are_limited(subject, stats, calibrated)) return best;
  const double before = mean(best.losses);
  const bool indirect = is_indirect(evidence(subject, calibrated));
  const auto is_better = [&](const std::vector<double>& losses) {
    return indirect ? is_clear_gain(best.losses, losses) : mean(losses) < mean(best.losses);
  };
  for (const config::CalibrationType type :
       {config::CalibrationType::kMse, config::CalibrationType::kMinmax}) {
    plan::QuantPlan plan = calibrated;
    plan.groups = open_groups_with(subject, stats, calibrated, {type});
    if (plan.groups == calibrated.groups) continue;
    Diagnostics said_before;
    choose_constant_params(subject.graph, plan, said_before);
    Reconstruction other = reconstruct(subject, plan, Effort{});
    if (!other.gains || !is_better(other.losses)) continue;
    best = std::move(other);
    best.records.push_back({.stage = "ranges",
                            .node = "",
                            .tensor = "",
                            .choice = std::string(config::name(type)) + ", reconstructed",
                            .before_db = decibel(1, before),
                            .after_db = decibel(1, mean(best.losses))});
  }
  return best;
}

}  // namespace xquant::quantize
