#pragma once

#include "graph/graph.h"
#include "pipeline/cut.h"

namespace xquant::pipeline {

/// The graph without its tail: its outputs are the cut's tensors, what else crosses the cut, and
/// the outputs of the whole that the head computes; inputs that only the tail reads are gone.
Graph head_of(const Graph& whole, const Cut& cut);

/// The tail of whole behind a new version of its head, in which every tensor that crosses the cut
/// has the name it had; inputs and outputs are those of whole. What has the name of something in
/// the tail makes way.
Graph rejoin(const Graph& head, const Graph& whole, const Cut& cut);

/// The tail alone: its inputs are what it reads of the head and of the graph's inputs, its outputs
/// those of whole that it computes.
Graph tail_of(const Graph& whole, const Cut& cut);

}  // namespace xquant::pipeline
