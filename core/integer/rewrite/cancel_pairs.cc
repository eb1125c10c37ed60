#include <cmath>
#include <limits>

#include "integer/linear.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

/// rhe(f32(f32(k * s) / s)) = k for |k| <= 65535 as long as k * s neither overflows nor is
/// denormal.
bool is_identity(const Linear& from, const Linear& to) {
  if (from != to || !from.per_tensor() || !from.is_coded()) return false;
  const float scale = from.scales[0];
  return scale >= std::numeric_limits<float>::min() &&
         scale <= std::numeric_limits<float>::max() / 65536.0F;
}

}  // namespace

void cancel_pairs(Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const Node& quantize = graph.node(id);
    if (!quantize.is("QuantizeLinear") || graph.is_output(quantize.output(0))) continue;
    if (quantize.input(0) == ValueId::kNone) continue;
    const NodeId producer = graph.value(quantize.input(0)).producer;
    if (producer == NodeId::kNone || !graph.node(producer).is("DequantizeLinear")) continue;
    const auto from = read_linear(graph, graph.node(producer));
    const auto to = read_linear(graph, quantize);
    if (!from || !to || !is_identity(*from, *to)) continue;
    const ValueId source = graph.node(producer).input(0);
    if (source == ValueId::kNone) continue;
    const ValueId result = quantize.output(0);
    graph.remove_node(id);
    graph.replace_uses(result, source);
  }
}

}  // namespace xquant::integer::rewrite
