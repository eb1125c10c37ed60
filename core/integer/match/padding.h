#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/match/operand.h"

namespace xquant::integer {

/// A Pad before a convolution that does no more than the convolution's own padding.
struct Padding {
  std::string node{};                ///< the Pad
  ValueId source = ValueId::kNone;   ///< what it reads
  std::vector<std::int64_t> pads{};  ///< of the convolution with the Pad's added
};

/// The Pad that writes x, when nothing else reads it, it fills with x's zero point and along
/// spatial dimensions only.
std::optional<Padding> padding_before(const Graph& graph, const Node& conv, const Operand& x);

}  // namespace xquant::integer
