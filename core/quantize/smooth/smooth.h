#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Range smoothing (Xiao et al. 2022, SmoothQuant): the result of a LayerNormalization or
/// RMSNormalization that only MatMuls with constant weights read is divided by a factor for each
/// channel, in scale and bias, and the rows of the weights are multiplied by it: the same function
/// with more equal channels. Factors are a^e / w^(1-e) of the largest activation a and weight w of
/// a channel; a few e are tried, ranges come from one half of some samples, and the one that leaves
/// the smallest error of the products is kept when both halves gain.
///
/// Returns the graph with new constants, or nullopt when nothing gained. Ids and names stay; the
/// plan, which need not be calibrated, stays valid.
std::optional<Graph> smooth(const Subject& subject, const plan::QuantPlan& plan,
                            std::vector<StageRecord>& records);

}  // namespace xquant::quantize
