#include <algorithm>
#include <array>
#include <string_view>

#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// Folding may blow a model up (Expand, Tile, ConstantOfShape): beyond this size a result must not
/// be larger than its operands.
constexpr std::size_t kAlwaysFoldBytes = 64 * 1024;

constexpr std::array<std::string_view, 3> kNeverFolded = {"QuantizeLinear", "DequantizeLinear",
                                                          "DynamicQuantizeLinear"};

bool is_random(const Node& node) {
  return node.op_type.starts_with("Random") || node.op_type == "Multinomial" ||
         node.op_type == "Bernoulli";
}

bool has_subgraph(const Node& node) {
  return std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second) ||
           std::holds_alternative<std::vector<std::shared_ptr<const Graph>>>(attribute.second);
  });
}

bool is_foldable(const Graph& graph, const Node& node, const runtime::OpsetImports& opsets) {
  if (!node.domain.empty() || is_random(node) || has_subgraph(node)) return false;
  if (std::find(kNeverFolded.begin(), kNeverFolded.end(), node.op_type) != kNeverFolded.end()) {
    return false;
  }
  if (node.inputs.empty() || !runtime::is_supported(node, opsets)) return false;
  const auto is_output = [&](ValueId id) { return id != ValueId::kNone && graph.is_output(id); };
  if (std::any_of(node.outputs.begin(), node.outputs.end(), is_output)) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    // An initializer that is also a graph input is only a default: the caller may feed something
    // else.
    return id == ValueId::kNone || (graph.constant(id) != nullptr && !graph.is_input(id));
  });
}

std::size_t total_bytes(const std::vector<Tensor>& tensors) {
  std::size_t bytes = 0;
  for (const Tensor& tensor : tensors) bytes += tensor.bytes().size();
  return bytes;
}

bool fold(Graph& graph, NodeId id, const runtime::OpsetImports& opsets) {
  const Node& node = graph.node(id);
  std::vector<const Tensor*> operands;
  std::size_t operand_bytes = 0;
  for (const ValueId input : node.inputs) {
    operands.push_back(graph.constant(input));
    if (operands.back() != nullptr) operand_bytes += operands.back()->bytes().size();
  }
  std::vector<Tensor> results;
  try {
    results = runtime::evaluate(node, opsets, operands);
  } catch (const Error&) {
    return false;  // an element type or attribute that cannot be run: the node stays, nothing is
                   // lost
  }
  const std::size_t bytes = total_bytes(results);
  if (bytes > kAlwaysFoldBytes && bytes > operand_bytes) return false;
  const std::vector<ValueId> outputs = node.outputs;
  graph.remove_node(id);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] != ValueId::kNone) graph.value(outputs[i]).constant = std::move(results[i]);
  }
  return true;
}

std::size_t apply(Graph& graph, const runtime::OpsetImports& opsets) {
  std::size_t times = 0;
  for (const NodeId id : graph.topological_order()) {
    if (is_foldable(graph, graph.node(id), opsets) && fold(graph, id, opsets)) ++times;
  }
  return times;
}

}  // namespace

const Rewrite kConstantFolding = {"constant folding", apply};

}  // namespace xquant::simplify
