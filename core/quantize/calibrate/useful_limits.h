#pragma once

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/observers/method.h"

namespace xquant::quantize {

/// Bounds beyond which every reader of a tensor saturates: Sigmoid is within a tenth of a step of
/// its quantized result of its own bounds outside [-8, 8], further out when that result covers a
/// small part of [0, 1]; HardSigmoid is constant outside [-beta, 1 - beta] / alpha, HardSwish below
/// -3; x * Sigmoid(x) is less than an eighth of a step of its quantized result far below zero.
/// Where the result stays float, a step is 1/255 of what it makes of the tensor's highest value; of
/// Sigmoid an eighth of that. The plan's groups have parameters. Infinite when anything else reads
/// the tensor, or it is a graph output.
Range useful_limits(const Graph& graph, const plan::QuantPlan& plan, ValueId tensor,
                    double highest);

}  // namespace xquant::quantize
