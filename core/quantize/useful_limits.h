#pragma once

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// Bounds beyond which every reader of a tensor saturates: Sigmoid is within a tenth of an int8
/// step of its own bounds outside [-8, 8], HardSigmoid is constant outside [-beta, 1 - beta] /
/// alpha. No limits when anything else reads the tensor, or it is a graph output.
plan::Limits useful_limits(const Graph& graph, const plan::QuantPlan& plan, ValueId tensor);

}  // namespace xquant::quantize
