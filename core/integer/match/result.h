#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"
#include "integer/match/operand.h"
#include "integer/match/stage.h"

namespace xquant::integer {

/// What becomes of an operator's result: Relu and Clip that only bound it, or other functions, then
/// QuantizeLinear.
struct Result {
  std::vector<NodeId> activations{};  ///< between operator and QuantizeLinear
  Stage stage{};                      ///< what they compute; empty when they are bounds of q
  NodeId quantize = NodeId::kNone;    ///< kNone: the result stays float
  std::optional<Linear> linear{};
  std::int32_t low = 0, high = 0;  ///< bounds of q
  std::string why_float{};         ///< in words, when there is no QuantizeLinear
};

/// Follows the value as long as one node reads it. Bounds are exact because QuantizeLinear keeps
/// the order: Q(min(max(x, a), b)) = min(max(Q(x), Q(a)), Q(b)).
Result follow(const Graph& graph, ValueId value);

/// The same with any functions that int8/xq_stage.h has, where Relu and Clip are not all.
Result follow(const Graph& graph, ValueId value, const ChannelPlace& place);

struct Bounds {
  float low, high;
};

/// Of Relu, and of Clip with constant bounds of which the lower is not above the upper.
std::optional<Bounds> bounds_of(const Graph& graph, const Node& node);

/// What a decision says of an operator in int8: "" where all is of 8 bits.
std::string width_of(const std::vector<Operand>& operands, const Linear& result);

/// q of one number; NaN gives the zero point.
std::int32_t quantized(float value, const Linear& linear);

}  // namespace xquant::integer
