#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "integer/edit.h"
#include "integer/match/result.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

/// Movements that drop no element, so that no more are quantized in front of them than behind.
constexpr auto kKeepAll = std::to_array<std::string_view>(
    {"Concat", "DepthToSpace", "Expand", "Flatten", "Pad", "Reshape", "SpaceToDepth", "Split",
     "Squeeze", "Tile", "Transpose", "Unsqueeze"});

bool keeps_all(const Node& node) {
  return node.domain.empty() && std::ranges::find(kKeepAll, node.op_type) != kKeepAll.end();
}

/// What Pad fills with, 0 where it does not say; nullopt: with no one number that is known.
std::optional<float> fill_of(const Graph& graph, const Node& pad) {
  const ValueId operand = pad.input(2);
  if (operand == ValueId::kNone) return 0.0F;
  const Tensor* fill = graph.is_input(operand) ? nullptr : graph.constant(operand);
  if (fill == nullptr || fill->type() != DataType::kFloat || fill->size() != 1) return {};
  return fill->data<float>()[0];
}

bool commutes(const Graph& graph, const Node& node) {
  if (!keeps_all(node)) return false;
  if (node.is("Concat") && std::ranges::find(node.inputs, ValueId::kNone) != node.inputs.end())
    return false;                                                       // no model; its run says so
  if (node.is("Pad") && node.input(1) == ValueId::kNone) return false;  // before opset 11
  return !is_constant_pad(node) || fill_of(graph, node);
}

/// The QuantizeLinear that alone reads a movement's results; kNone: there is none, or they differ.
NodeId quantize_behind(const Graph& graph, const Node& movement) {
  NodeId first = NodeId::kNone;
  std::optional<Linear> linear;
  for (const ValueId output : movement.outputs) {
    const Node* quantize = output == ValueId::kNone ? nullptr : only_quantize(graph, output);
    if (quantize == nullptr) return NodeId::kNone;
    const std::optional<Linear> own = read_linear(graph, *quantize);
    if (!own || !own->per_tensor() || !own->is_coded() || (linear && own != linear))
      return NodeId::kNone;
    if (!linear) first = graph.value(quantize->output(0)).producer;
    linear = own;
  }
  return first;
}

/// A node like this QuantizeLinear that reads another value, with a new result. The one that there
/// is, if the value has it.
ValueId quantized_like(Graph& graph, NodeId quantize, ValueId operand, DataType type) {
  Node node = graph.node(quantize);
  for (const Use& use : graph.uses(operand)) {
    const Node& other = graph.node(use.node);
    if (use.position == 0 && other.is("QuantizeLinear") && other.attributes == node.attributes &&
        std::equal(other.inputs.begin() + 1, other.inputs.end(), node.inputs.begin() + 1,
                   node.inputs.end()))
      return other.output(0);
  }
  const ValueId result = fresh_value(graph, graph.value(operand).name + "_quantized", type);
  node.name = graph.fresh_node_name(node.name);
  node.inputs[0] = operand;
  node.outputs = {result};
  graph.add_node(std::move(node));
  return result;
}

/// The movement with its operands quantized; what they were quantized by was behind it.
void raise(Graph& graph, NodeId id, NodeId quantize) {
  const Linear linear = *read_linear(graph, graph.node(quantize));
  const std::optional<float> fill =
      is_constant_pad(graph.node(id)) ? fill_of(graph, graph.node(id)) : std::nullopt;
  const bool is_concat = graph.node(id).is("Concat");
  const std::size_t count = is_concat ? graph.node(id).inputs.size() : 1;
  for (std::size_t i = 0; i < count; ++i)
    graph.set_input(id, i, quantized_like(graph, quantize, graph.node(id).inputs[i], linear.type));
  const std::vector<ValueId> outputs = graph.node(id).outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Node& behind = *only_quantize(graph, outputs[i]);
    const ValueId result = behind.output(0);
    graph.remove_node(graph.value(result).producer);
    graph.set_output(id, i, result);
  }
  if (fill) set_pad_fill(graph, id, coded_tensor(linear.type, {}, {quantized(*fill, linear)}));
}

}  // namespace

void raise_quantize(Graph& graph) {
  std::vector<NodeId> order = graph.topological_order();
  std::ranges::reverse(order);
  for (const NodeId id : order) {
    if (!commutes(graph, graph.node(id))) continue;
    const NodeId quantize = quantize_behind(graph, graph.node(id));
    if (quantize != NodeId::kNone) raise(graph, id, quantize);
  }
}

}  // namespace xquant::integer::rewrite
