#pragma once

#include <set>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"

namespace xquant::quantize {

/// The tensors that become outputs through movement of elements and a Sigmoid or Softmax alone.
std::set<ValueId> find_scores(const Graph& graph);

/// Widens the group's range, when it holds such a tensor, to the largest value that was seen: the
/// largest scores are the detections, the top class, the letter, and so few that no error over all
/// elements or over some samples stands for them. `plan` gives the steps of what reads them.
void keep_largest_scores(const Graph& graph, const plan::QuantPlan& plan,
                         const ActivationStats& stats, const std::set<ValueId>& scores,
                         plan::Group& group);

}  // namespace xquant::quantize
