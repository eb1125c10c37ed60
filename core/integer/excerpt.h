#pragma once

#include <span>

#include "graph/graph.h"

namespace xquant::integer {

/// The part of a graph that computes `outputs` from `inputs`: a graph with these inputs and
/// outputs, in this order and under their names. What else it needs are constants and the graph's
/// own inputs, which are appended to the inputs.
Graph excerpt(const Graph& graph, std::span<const ValueId> inputs,
              std::span<const ValueId> outputs);

}  // namespace xquant::integer
