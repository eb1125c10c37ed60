#pragma once

#include "graph/graph.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Whether the outputs that judge agree to 1e-5 of their range on the first sample when graph takes
/// the place of the subject's. Values keep their ids. Rounding of scaled weights costs about 1e-7
/// for each layer.
bool is_same_function(const Subject& subject, const Graph& graph, const FloatOutputs& exact);

}  // namespace xquant::quantize
