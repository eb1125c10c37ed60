#pragma once

#include <optional>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// The range that a tensor has whatever the data: [0, 1] for the result of Softmax, so that its
/// scale is 1/255 and its zero point -128. nullopt when only data can tell.
std::optional<plan::Range> known_range(const Graph& graph, ValueId value);

}  // namespace xquant::quantize
