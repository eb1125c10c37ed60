#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"

namespace xquant::integer {

/// What becomes of an operator's result: Relu and Clip that only bound it, then QuantizeLinear.
struct Result {
  std::vector<NodeId> activations{};  ///< Relu, Clip between operator and QuantizeLinear
  NodeId quantize = NodeId::kNone;    ///< kNone: the result stays float
  std::optional<Linear> linear{};
  std::int32_t low = 0, high = 0;  ///< bounds of q
  std::string why_float{};         ///< in words, when there is no QuantizeLinear
};

/// Follows the value as long as one node reads it. Bounds are exact because QuantizeLinear keeps
/// the order: Q(min(max(x, a), b)) = min(max(Q(x), Q(a)), Q(b)).
Result follow(const Graph& graph, ValueId value);

/// q of one number; NaN gives the zero point.
std::int32_t quantized(float value, const Linear& linear);

}  // namespace xquant::integer
