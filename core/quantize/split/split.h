#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Outlier channel splitting (Zhao et al. 2019) of the weights of products that have one scale for
/// the whole tensor: a few weights many times as wide as all others, as the second product of a
/// transformer's feed-forward part has them, leave the others no steps. The hidden channels that
/// these weights read are repeated, and the weights shared out to the copies.
///
/// Returns the graph with wider hidden layers, or nullopt when no weight gains much by it or the
/// outputs on held-back samples do not. Ids and names stay, and the plan stays valid; the shapes of
/// a trace do not. The plan need not be calibrated.
std::optional<Graph> split_channels(const Subject& subject, const plan::QuantPlan& plan,
                                    std::vector<StageRecord>& records);

}  // namespace xquant::quantize
