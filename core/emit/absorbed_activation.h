#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::emit {

/// Whether quantizing the input of this Relu or Clip with the parameters of its result gives the
/// same integers as quantizing its result: Q is monotone, so that is so exactly when Q maps the
/// lower bound to -128 and the upper one to 127.
bool is_implied_by_range(const Graph& graph, const Node& activation,
                         const plan::QuantParams& params);

}  // namespace xquant::emit
