#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::report {

/// The plan with some nodes float: operands are not rounded for them, their constants are as they
/// were, what they make is rounded for int8 readers only.
plan::QuantPlan without(plan::QuantPlan plan, const std::vector<NodeId>& nodes);

}  // namespace xquant::report
