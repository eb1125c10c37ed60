#include <optional>
#include <variant>

#include "integer/match/fuse.h"
#include "integer/match/match.h"

namespace xquant::integer {
namespace {

/// A dimension, counted from the end, where constant or declared shape tell it.
std::optional<std::size_t> known_dim(const Graph& graph, const Operand& operand,
                                     std::size_t from_end) {
  if (operand.constant != nullptr) {
    const Shape& shape = operand.constant->shape();
    if (shape.size() < from_end) return {};
    return static_cast<std::size_t>(shape[shape.size() - from_end]);
  }
  for (const ValueId value : {operand.value, operand.quantized}) {
    const auto& shape = graph.value(value).type.shape;
    if (!shape || shape->size() < from_end) continue;
    const auto* const dim = std::get_if<std::int64_t>(&(*shape)[shape->size() - from_end]);
    if (dim != nullptr && *dim >= 0) return static_cast<std::size_t>(*dim);
  }
  return {};
}

}  // namespace

Match fuse_matmul(Graph& graph, NodeId op) {
  const Node& node = graph.node(op);
  const Operand a = resolve(graph, node.input(0)), b = resolve(graph, node.input(1));
  if (!a.is_coded()) return {.reason = "its first operand " + why_not_coded(a)};
  if (!b.is_coded()) return {.reason = "its second operand " + why_not_coded(b)};
  auto depth = known_dim(graph, a, 1);
  if (!depth) depth = known_dim(graph, b, 2);
  const std::size_t deepest = deepest_sum(*b.linear);
  if (depth && *depth > deepest) return {.reason = too_deep(*depth, deepest)};
  const float unit = a.linear->scales[0] * b.linear->scales[0];
  if (!(unit > 0.0F)) return {.reason = "the product of its scales is no float"};
  const Result result = follow(graph, node.output(0));
  const bool to_float = result.quantize == NodeId::kNone;
  const ValueId written = to_float ? node.output(0) : graph.node(result.quantize).output(0);
  Match match{
      .island = Island{.node = node.name,
                       .op_type = node.op_type,
                       .inputs = changing(graph, {a, b}),
                       .output = graph.value(written).name},
      .execution = to_float ? Execution::kInt8ToFloat : Execution::kInt8,
      .reason = to_float ? "its result " + result.why_float : width_of({a, b}, *result.linear)};
  for (const NodeId activation : result.activations)
    match.covered.push_back(graph.node(activation).name);
  FusedNode fused(graph, op, "MatMulOfData");
  fused.add(a);
  fused.add(b);
  fused.finish(result);
  return match;
}

}  // namespace xquant::integer
