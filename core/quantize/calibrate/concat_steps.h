#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// What nothing but one Concat reads, itself or through movement of elements, is rounded twice: to
/// its own steps and to the result's. Here it gets the result's, unless they are more than twice as
/// large: then the first rounding costs little, and the tensor keeps its own levels.
/// A Concat that only another one reads goes by that one.
///
/// groups: those of the plan with the parameters that calibration chose; those of such operands
/// change. Groups without parameters, with a range known from the graph, with another calibration
/// rule than the result's, with readers in float and outputs of the model stay.
void share_concat_steps(const Graph& graph, const plan::QuantPlan& plan,
                        std::vector<plan::Group>& groups);

}  // namespace xquant::quantize
