#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"

namespace xquant::integer {

/// Nodes that compute each element of a value from the element at the same place of one 8-bit
/// tensor.
struct Region {
  std::vector<NodeId> nodes;        ///< operators before their readers; DequantizeLinear left out
  ValueId source = ValueId::kNone;  ///< the 8-bit tensor
  Linear linear{};                  ///< of the source
};

/// The region that computes value; nullopt when it reads more than one changing tensor, or
/// operators that are not elementwise.
std::optional<Region> find_region(const Graph& graph, ValueId value);

}  // namespace xquant::integer
