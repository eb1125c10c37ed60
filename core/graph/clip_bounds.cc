#include "graph/clip_bounds.h"

#include <limits>
#include <string_view>

namespace xquant {
namespace {

std::optional<float> bound(const Graph& graph, const Node& clip, std::size_t position,
                           std::string_view attribute, float unbounded) {
  const ValueId operand = clip.input(position);
  if (operand == ValueId::kNone) return clip.float_or(attribute, unbounded);
  const Tensor* constant = graph.is_input(operand) ? nullptr : graph.constant(operand);
  if (constant == nullptr || constant->type() != DataType::kFloat || constant->size() != 1) {
    return std::nullopt;
  }
  return constant->data<float>()[0];
}

}  // namespace

std::optional<ClipBounds> clip_bounds(const Graph& graph, const Node& clip) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::optional<float> low = bound(graph, clip, 1, "min", -kInfinity);
  const std::optional<float> high = bound(graph, clip, 2, "max", kInfinity);
  if (!low || !high || !(*low <= *high)) return std::nullopt;
  return ClipBounds{*low, *high};
}

}  // namespace xquant
