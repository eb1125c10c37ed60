#include <set>

#include "integer/rewrite/rewrites.h"
#include "simplify/rewrite.h"

namespace xquant::integer::rewrite {
namespace {

/// Names of the file stay, the first of equal ones; nameless nodes are called after what they
/// write.
void name_nodes(Graph& graph) {
  std::set<std::string> taken;
  std::vector<NodeId> nameless;
  for (const NodeId id : graph.nodes()) {
    const std::string& name = graph.node(id).name;
    if (name.empty() || !taken.insert(name).second) nameless.push_back(id);
  }
  for (const NodeId id : nameless) {
    Node& node = graph.node(id);
    const std::string base =
        node.name.empty() ? node.op_type + "_" + std::to_string(index(id)) : node.name;
    node.name = base;
    for (int suffix = 1; !taken.insert(node.name).second; ++suffix)
      node.name = base + "_" + std::to_string(suffix);
  }
}

/// com.microsoft has QuantizeLinear and DequantizeLinear for types that ai.onnx lacked; those of 8
/// bit mean the same.
void use_standard_domain(Graph& graph) {
  for (const NodeId id : graph.nodes()) {
    Node& node = graph.node(id);
    const bool converts = node.op_type == "QuantizeLinear" || node.op_type == "DequantizeLinear";
    if (converts && node.domain == "com.microsoft") node.domain.clear();
  }
}

void fold_quantized_constants(Graph& graph, const runtime::OpsetImports& opsets) {
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    if (!node.is("QuantizeLinear") || graph.is_output(node.output(0))) continue;
    std::vector<const Tensor*> operands;
    bool constant = true;
    for (const ValueId input : node.inputs) {
      operands.push_back(input == ValueId::kNone ? nullptr : graph.constant(input));
      constant = constant && (input == ValueId::kNone || operands.back() != nullptr);
    }
    if (!constant) continue;
    const ValueId result = node.output(0);
    std::vector<Tensor> tensors = runtime::evaluate(node, opsets, operands);
    graph.remove_node(id);
    graph.value(result).constant = std::move(tensors[0]);
  }
}

}  // namespace

void settle_constants(Graph& graph, const runtime::OpsetImports& opsets) {
  std::erase_if(graph.inputs, [&](ValueId id) { return graph.constant(id) != nullptr; });
  name_nodes(graph);
  use_standard_domain(graph);
  simplify::kConstantNode.apply(graph, opsets);
  simplify::kIdentity.apply(graph, opsets);
  simplify::kConstantFolding.apply(graph, opsets);
  fold_quantized_constants(graph, opsets);
}

}  // namespace xquant::integer::rewrite
