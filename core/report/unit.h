#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::report {

/// The nodes that make a result as one unit: a Conv and its Relu. In order of the graph; empty when
/// no node writes the value. One of them alone cannot stay float to any use.
std::vector<NodeId> unit_of(const Graph& graph, const plan::QuantPlan& plan, ValueId result);

}  // namespace xquant::report
