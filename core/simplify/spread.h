#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// What a Reduce node reduces.
struct ReducedAxes {
  std::vector<std::int64_t> axes;  ///< as the file has them, maybe negative
  bool kept = true;                ///< the reduced dimensions stay as ones
  bool operator==(const ReducedAxes&) const = default;
};

/// nullopt when the axes are not constant, or all dimensions are meant.
std::optional<ReducedAxes> reduced_axes(const Graph& graph, const Node& reduction);

/// A reduced tensor on its way back to the rank of what it was reduced from.
struct Spread {
  ValueId source;  ///< before Reshape, Unsqueeze and Expand
  bool reshaped = false;
  std::vector<std::int64_t> ones{};  ///< dimensions that were inserted as ones, or may have been
};

/// value without the Expand, Reshape and Unsqueeze in front of it (one of the latter at most).
Spread strip(const Graph& graph, ValueId value);

/// Whether the spread tensor broadcasts over the unreduced one as its reduction means it. With the
/// reduced dimensions back as ones at their places, the others can only be those of the reduced
/// tensor: they have as many elements together, and each must be 1 or that of the unreduced tensor.
bool fits(const ReducedAxes& reduced, const Spread& spread);

}  // namespace xquant::simplify
