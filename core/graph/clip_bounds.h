#pragma once

#include <optional>

#include "graph/graph.h"

namespace xquant {

/// What a Clip limits its operand to; infinite where it does not.
struct ClipBounds {
  float low, high;
};

/// Of a Clip: operands since opset 11, attributes before. nullopt when a bound is known only at run
/// time or is no single float, or when the lower bound is above the upper one.
std::optional<ClipBounds> clip_bounds(const Graph& graph, const Node& clip);

}  // namespace xquant
