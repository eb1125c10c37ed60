#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// Operators whose results could keep the steps of their int8 operand round it a second time only
/// because the result has steps of its own, from a range of its own. Here it gets the operand's
/// where it holds the operand's elements (Relu and Clip with other readers of their operand,
/// nearest Resize, Concat of slices of one tensor); those times the number behind a product with
/// one positive number; and behind a sum with one number the same ones with a zero point that lies
/// the number further on, in whole steps (what is left of a step moves all elements alike, as a
/// bias does). Nothing is clipped that the operand still has. Chains, as the affine behind every
/// activation of PP-LCNetV3, go by the steps of what stands in front of them. A Clip to a small
/// part of its operand's range keeps steps of its own where the operand's miss its bounds.
///
/// groups: those of the plan with the parameters that calibration chose; those of such results
/// change. Groups without parameters, of targets whose zero points or scales are not free, with
/// another calibration rule than their operand, and those that no zero point in int8 would move far
/// enough stay.
void carry_whole_steps(const Graph& graph, const plan::QuantPlan& plan,
                       std::vector<plan::Group>& groups);

}  // namespace xquant::quantize
