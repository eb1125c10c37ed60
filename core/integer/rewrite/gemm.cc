#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

/// The operand, transposed by a node of its own.
ValueId transposed(Graph& graph, ValueId operand, const std::string& name) {
  const DataType type = graph.value(operand).type.element;
  const ValueId result =
      graph.add_value(graph.fresh_value_name(name + "_transposed"), {.element = type});
  graph.add_node({.name = graph.fresh_node_name(name + "_Transpose"),
                  .op_type = "Transpose",
                  .inputs = {operand},
                  .outputs = {result},
                  .attributes = {{"perm", std::vector<std::int64_t>{1, 0}}}});
  return result;
}

bool is_quantized_constant(const Graph& graph, ValueId operand) {
  const NodeId producer = graph.value(operand).producer;
  return producer != NodeId::kNone && graph.node(producer).is("DequantizeLinear") &&
         graph.constant(graph.node(producer).input(0)) != nullptr;
}

}  // namespace

void transpose_gemm_inputs(Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    Node gemm = graph.node(id);
    if (!gemm.is("Gemm") || gemm.int_or("transA", 0) == 0) continue;
    if (gemm.input(0) == ValueId::kNone || gemm.input(1) == ValueId::kNone ||
        !is_quantized_constant(graph, gemm.input(1)))
      continue;
    graph.set_input(id, 0, transposed(graph, gemm.input(0), gemm.name));
    graph.node(id).attributes.erase("transA");
  }
}

}  // namespace xquant::integer::rewrite
