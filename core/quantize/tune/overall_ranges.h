#pragma once

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/collect_stats.h"

namespace xquant::quantize {

/// The plan with the whole range seen in every group whose calibration type is `default` and whose
/// range nothing else decides. Where reconstruction follows, that does better than the range with
/// the smallest error: clipping errors have one sign and reach the outputs, rounding errors average
/// out or are made up for.
plan::QuantPlan with_ranges_seen(const Graph& graph, const ActivationStats& stats,
                                 plan::QuantPlan plan);

}  // namespace xquant::quantize
