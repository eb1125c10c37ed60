#pragma once

#include <string>
#include <vector>

#include "pipeline/context.h"
#include "pipeline/float_model.h"

namespace xquant::pipeline {

/// The tensors of the prepared graph that a name of the file stands for. Where the tensor itself is
/// gone, the diagnostics say why and what is taken instead; constants give none. Throws
/// Error(kConfig) "var name <name> not in the graph." with what is close to it.
std::vector<ValueId> tensors_named(const std::string& name, const FloatModel& source,
                                   const Place& place, Diagnostics& diagnostics);

/// The names of the graph's tensors that are nearest to a wrong one, as advice; "" when none is.
std::string did_you_mean(const std::string& name, const Graph& graph);

}  // namespace xquant::pipeline
