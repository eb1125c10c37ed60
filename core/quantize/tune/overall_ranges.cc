#include "quantize/tune/overall_ranges.h"

#include <algorithm>

#include "quantize/known_range.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

/// Ranges that follow from the operator or its readers, and those that somebody asked for, stay.
bool is_free(const Graph& graph, const plan::Group& group) {
  const auto is_padded = [&](ValueId member) {
    const NodeId producer = graph.value(member).producer;
    return producer != NodeId::kNone && graph.node(producer).is("Pad");
  };
  return group.rule.type == config::CalibrationType::kDefault && group.limits == plan::Limits{} &&
         !known_range(graph, group.root) &&
         std::none_of(group.members.begin(), group.members.end(), is_padded);
}

}  // namespace

plan::QuantPlan with_ranges_seen(const Graph& graph, const ActivationStats& stats,
                                 plan::QuantPlan plan) {
  for (plan::Group& group : plan.groups) {
    if (!is_free(graph, group)) continue;
    const TensorStats& seen = stats.at(group.root);
    group.params =
        asymmetric_params({static_cast<double>(seen.min()), static_cast<double>(seen.max())});
  }
  return plan;
}

}  // namespace xquant::quantize
