#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"
#include "integer/stage.h"

namespace xquant::integer {

/// Where the output channels of a result lie: its dimensions end with one of `channels` elements
/// and `behind` more.
struct ChannelPlace {
  std::size_t channels = 1;
  std::size_t behind = 0;     ///< dimensions
  std::size_t most_rank = 0;  ///< of an operand that does not widen the result
};

/// Functions between a value and the one QuantizeLinear that everything made of it ends in.
struct StageMatch {
  Stage stage{};
  std::vector<NodeId> nodes{};  ///< of the functions
  NodeId quantize = NodeId::kNone;
  std::string why_not{};  ///< in words, when there is no such QuantizeLinear; stage is then empty
};

StageMatch follow_stage(const Graph& graph, ValueId value, const ChannelPlace& place);

}  // namespace xquant::integer
