#include "integer/match/operand.h"

namespace xquant::integer {

Operand resolve(const Graph& graph, ValueId value) {
  Operand operand{.value = value};
  if (value == ValueId::kNone) return operand;
  const NodeId producer = graph.value(value).producer;
  if (producer != NodeId::kNone && graph.node(producer).is("DequantizeLinear")) {
    operand.quantized = graph.node(producer).input(0);
    operand.linear = read_linear(graph, graph.node(producer));
  }
  const ValueId source = operand.quantized != ValueId::kNone ? operand.quantized : value;
  if (!graph.is_input(source)) operand.constant = graph.constant(source);
  return operand;
}

}  // namespace xquant::integer
