#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// A product with one positive number, or a sum with one number, rounds its int8 operand a second
/// time only because its result has steps of its own. Here it gets the operand's: times the number;
/// or the same ones, and a zero point that lies the number further on, in whole steps (what is left
/// of a step moves all elements alike, as a bias does). Nothing is clipped that the operand still
/// has. Chains, as the affine behind every activation of PP-LCNetV3, go by the steps of what stands
/// in front of them.
///
/// groups: those of the plan with the parameters that calibration chose; those of such results
/// change. Groups without parameters, of targets whose zero points or scales are not free, and
/// those that no zero point in int8 would move far enough stay.
void carry_whole_steps(const Graph& graph, const plan::QuantPlan& plan,
                       std::vector<plan::Group>& groups);

}  // namespace xquant::quantize
