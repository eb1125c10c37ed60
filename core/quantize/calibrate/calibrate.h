#pragma once

#include "base/diagnostics.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"

namespace xquant::quantize {

/// Fills in the parameters of every group by its calibration rule.
void choose_activation_params(const Graph& graph, const ActivationStats& stats,
                              plan::QuantPlan& plan);

/// Fills in the parameters of every constant operand. Channels of zeros are counted in the
/// diagnostics.
void choose_constant_params(const Graph& graph, plan::QuantPlan& plan, Diagnostics& diagnostics);

}  // namespace xquant::quantize
