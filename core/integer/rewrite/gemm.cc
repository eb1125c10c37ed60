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

/// What a DequantizeLinear reads; kNone where there is another operator.
ValueId quantized(const Graph& graph, ValueId operand) {
  const NodeId producer = operand == ValueId::kNone ? NodeId::kNone : graph.value(operand).producer;
  const bool found = producer != NodeId::kNone && graph.node(producer).is("DequantizeLinear");
  return found ? graph.node(producer).input(0) : ValueId::kNone;
}

bool transpose_input(Graph& graph, NodeId id) {
  const Node gemm = graph.node(id);
  if (gemm.int_or("transA", 0) == 0) return false;
  graph.set_input(id, 0, transposed(graph, gemm.input(0), gemm.name));
  graph.node(id).attributes.erase("transA");
  return true;
}

/// The product is summed first and C added to that, so that the bits stay those of Gemm.
bool multiply_and_add(Graph& graph, NodeId id) {
  const Node gemm = graph.node(id);
  const bool adds = gemm.input(2) != ValueId::kNone;
  if (gemm.float_or("alpha", 1.0F) != 1.0F || (adds && gemm.float_or("beta", 1.0F) != 1.0F))
    return false;
  std::vector<ValueId> operands{gemm.inputs[0], gemm.inputs[1]};
  for (std::size_t i = 0; i < 2; ++i) {
    const bool turns = gemm.int_or(i == 0 ? "transA" : "transB", 0) != 0;
    if (turns) operands[i] = transposed(graph, operands[i], gemm.name);
  }
  graph.remove_node(id);
  ValueId product = gemm.output(0);
  if (adds) {
    product = graph.add_value(graph.fresh_value_name(gemm.name + "_product"),
                              {.element = DataType::kFloat});
    graph.add_node({.name = graph.fresh_node_name(gemm.name + "_Add"),
                    .op_type = "Add",
                    .inputs = {product, gemm.inputs[2]},
                    .outputs = {gemm.output(0)}});
  }
  graph.add_node(
      {.name = gemm.name, .op_type = "MatMul", .inputs = operands, .outputs = {product}});
  return true;
}

}  // namespace

bool split_gemms(Graph& graph) {
  bool any = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).is("Gemm")) continue;
    const ValueId a = quantized(graph, graph.node(id).input(0));
    const ValueId b = quantized(graph, graph.node(id).input(1));
    if (a == ValueId::kNone || b == ValueId::kNone) continue;
    const bool splits =
        graph.constant(b) != nullptr ? transpose_input(graph, id) : multiply_and_add(graph, id);
    any = any || splits;
  }
  return any;
}

}  // namespace xquant::integer::rewrite
