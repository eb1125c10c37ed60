#include "quantize/policy/known_range.h"

namespace xquant::quantize {

std::optional<plan::Range> known_range(const Graph& graph, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  if (producer == NodeId::kNone || !graph.node(producer).is("Softmax")) return std::nullopt;
  return plan::Range{0.0, 1.0};
}

}  // namespace xquant::quantize
