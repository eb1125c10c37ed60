#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"

namespace xquant::integer {

/// Widths of the tensor that a region reads.
enum class Codes { kEightBits, kUpToSixteenBits };

/// Which entry of the constants of channels belongs to an element.
struct Channels {
  std::size_t count = 1;   ///< 1: there are only numbers
  std::size_t behind = 0;  ///< dimensions behind that of the channels
  std::size_t rank = 0;    ///< of the largest constant, which widens the tensor where it has less
  bool second = false;     ///< dimension 1 instead, as BatchNormalization has it
};

/// Nodes that compute each element of a value from the element at the same place of one quantized
/// tensor.
struct Region {
  std::vector<NodeId> nodes;        ///< operators before their readers; DequantizeLinear left out
  ValueId source = ValueId::kNone;  ///< that tensor
  Linear linear{};                  ///< of the source
  Channels channels{};
};

/// The region that computes value; nullopt when it reads more than one changing tensor, or
/// operators that are not elementwise.
std::optional<Region> find_region(const Graph& graph, ValueId value,
                                  Codes codes = Codes::kEightBits);

}  // namespace xquant::integer
