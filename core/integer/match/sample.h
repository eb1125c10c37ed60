#pragma once

#include "graph/graph.h"

namespace xquant::integer {

/// Weighted sums of elements at places that other operands say: GridSample, RoiAlign,
/// MaxRoiPool, RotaryEmbedding.
bool is_sample(const Node& node);

}  // namespace xquant::integer
