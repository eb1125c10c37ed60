#pragma once

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/observers/method.h"

namespace xquant::quantize {

/// The range with room for what other data may hold. The values beyond the sqrt(n)-th largest of n
/// tell how fast the tail falls, as that of a normal distribution; a limit lies where a further
/// step outwards would cost all values as much by coarser rounding as it saves the few beyond it.
/// No side becomes narrower: of many elements the largest lie beyond that limit already.
Range with_unseen(const TensorStats& stats, Range range);

/// Widens the range of an output of the model in that way. Nothing behind it depends on an output,
/// so no method sees what it costs to end at the largest of a few samples, and logits of other
/// pictures are cut off. Results of functions that have bounds are left as they are.
void leave_room_in_outputs(const Graph& graph, const ActivationStats& stats, plan::Group& group);

}  // namespace xquant::quantize
