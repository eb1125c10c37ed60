#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "graph/graph.h"
#include "simplify/history.h"

namespace xquant::pipeline {

/// The tensors of the simplified graph that a name of the file stands for. Where the tensor itself
/// is gone, the diagnostics say why and what is taken instead; constants give none. Throws
/// Error(kConfig) "var name <name> not in the graph." with what is close to it.
std::vector<ValueId> tensors_named(const std::string& name, const Graph& graph,
                                   const simplify::History& history, const Place& place,
                                   Diagnostics& diagnostics);

/// The names of the graph's tensors that are nearest to a wrong one, as advice; "" when none is.
std::string did_you_mean(const std::string& name, const Graph& graph);

}  // namespace xquant::pipeline
