#pragma once

#include <optional>
#include <vector>

#include "base/diagnostics.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Cross-layer equalization (Nagel et al. 2019) over classes of channels: the same function with
/// channels scaled so that those of a tensor need more equal ranges. A few strengths are tried;
/// ranges come from one half of some samples, the other half judges the error that rounding the
/// activations brings to the model's outputs, and the smallest one is kept.
///
/// Returns the graph with scaled weights, or nullopt when the model as it is does best. Ids and
/// names stay; the plan stays valid. The plan need not be calibrated.
std::optional<Graph> equalize(const Subject& subject, const plan::QuantPlan& plan,
                              std::vector<StageRecord>& records, Diagnostics& diagnostics);

}  // namespace xquant::quantize
