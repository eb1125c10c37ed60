#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace xquant::quantize {

/// The nodes on some path from one of the first tensors to one of the last, in order of addition.
/// Linear in the size of the graph.
std::vector<NodeId> nodes_between(const Graph& graph, std::span<const ValueId> first,
                                  std::span<const ValueId> last);

/// By NodeId: whether the node depends on one of the tensors.
std::vector<bool> nodes_behind(const Graph& graph, std::span<const ValueId> tensors);

/// By NodeId: whether one of the tensors depends on the node.
std::vector<bool> nodes_before(const Graph& graph, std::span<const ValueId> tensors);

}  // namespace xquant::quantize
