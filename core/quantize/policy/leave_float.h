#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// Takes nodes (by NodeId) back out of a plan: they stay float for that reason, their constants
/// too, and tensors that no int8 operator writes or reads any more lose their scales. Nothing
/// behind the nodes may be int8, unless it is among them.
void leave_float(const Graph& graph, const std::vector<bool>& nodes, const std::string& reason,
                 plan::QuantPlan& plan);

}  // namespace xquant::quantize
