#include "simplify/fold_into_weights.h"

#include <algorithm>

namespace xquant::simplify {
namespace {

bool is_float_constant(const Graph& graph, ValueId id) {
  const Tensor* tensor = graph.constant(id);
  return tensor != nullptr && tensor->type() == DataType::kFloat && !graph.is_input(id);
}

/// Position of the output channel of each weight element, as (outer, channel, inner) extents.
struct ChannelLayout {
  std::int64_t outer = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
  std::int64_t groups = 1;  ///< ConvTranspose: outer = groups x inputs of a group

  std::int64_t channel_of(std::int64_t outer_index, std::int64_t channel_index) const {
    return outer_index / (outer / groups) * channels + channel_index;
  }
};

ChannelLayout layout_of(const Node& node, const Shape& weight) {
  ChannelLayout layout;
  if (node.op_type == "Gemm") {
    const bool transposed = node.int_or("transB", 0) != 0;
    if (transposed) return {1, weight[0], weight[1], 1};
    return {weight[0], weight[1], 1, 1};
  }
  for (std::size_t i = 2; i < weight.size(); ++i) layout.inner *= weight[i];
  if (node.op_type == "Conv") {
    layout.channels = weight[0];
    layout.inner *= weight[1];
    return layout;
  }
  layout.outer = weight[0];  // ConvTranspose: [C, M/group, kernel...]
  layout.channels = weight[1];
  layout.groups = node.int_or("group", 1);
  return layout;
}

/// The weight with every element multiplied by the scale of its output channel.
Tensor scaled_weight(const Graph& graph, const LinearNode& linear, std::span<const double> scale) {
  const Tensor& weight = *graph.constant(linear.weight);
  const ChannelLayout layout = layout_of(graph.node(linear.id), weight.shape());
  std::vector<float> weights(weight.data<float>().begin(), weight.data<float>().end());
  for (std::int64_t o = 0, at = 0; o < layout.outer; ++o) {
    for (std::int64_t c = 0; c < layout.channels; ++c) {
      const double factor = scale[static_cast<std::size_t>(layout.channel_of(o, c))];
      for (std::int64_t i = 0; i < layout.inner; ++i, ++at) {
        float& element = weights[static_cast<std::size_t>(at)];
        element = static_cast<float>(static_cast<double>(element) * factor);
      }
    }
  }
  return Tensor::of<float>(weight.shape(), weights);
}

/// Wires a new constant as the operand at position. It takes over the name when nobody else reads
/// the constant that had it.
void replace_constant(Graph& graph, NodeId node, std::size_t position, const std::string& name,
                      Tensor tensor) {
  const ValueId old = graph.node(node).input(position);
  const ValueId added = graph.add_constant(graph.fresh_value_name(name), std::move(tensor));
  graph.set_input(node, position, added);
  if (old == ValueId::kNone || !graph.uses(old).empty() || graph.is_output(old)) return;
  graph.rename(old, graph.fresh_value_name(name + "_before_folding"));
  graph.rename(added, name);
}

bool gemm_is_plain(const Node& node) {
  return node.float_or("alpha", 1.0F) == 1.0F && node.float_or("beta", 1.0F) == 1.0F &&
         node.int_or("transA", 0) == 0;
}

}  // namespace

LinearNode as_linear(const Graph& graph, NodeId id) {
  constexpr LinearNode kNot{NodeId::kNone, ValueId::kNone, ValueId::kNone};
  if (id == NodeId::kNone) return kNot;
  const Node& node = graph.node(id);
  const bool conv = node.is("Conv") || node.is("ConvTranspose");
  if (!conv && !(node.is("Gemm") && gemm_is_plain(node))) return kNot;
  const ValueId weight = node.input(1);
  const ValueId bias = node.input(2);
  if (!is_float_constant(graph, weight)) return kNot;
  if (bias != ValueId::kNone && !is_float_constant(graph, bias)) return kNot;
  const Shape& shape = graph.constant(weight)->shape();
  if (shape.size() < 2 || graph.constant(weight)->size() == 0) return kNot;
  const std::int64_t groups = node.int_or("group", 1);
  if (groups < 1 || shape[0] % groups != 0) return kNot;
  const ChannelLayout layout = layout_of(node, shape);
  const std::int64_t channels = layout.channels * layout.groups;
  if (bias != ValueId::kNone && graph.constant(bias)->shape() != Shape{channels}) return kNot;
  return {id, weight, bias, channels};
}

NodeId only_reader(const Graph& graph, ValueId value) {
  if (value == ValueId::kNone || graph.is_output(value)) return NodeId::kNone;
  const std::vector<Use>& uses = graph.uses(value);
  if (uses.size() != 1 || uses[0].position == Graph::kSubgraphUse) return NodeId::kNone;
  return uses[0].node;
}

void scale_and_shift(Graph& graph, const LinearNode& linear, std::span<const double> scale,
                     std::span<const double> shift) {
  std::vector<float> biases(static_cast<std::size_t>(linear.channels), 0.0F);
  if (linear.bias != ValueId::kNone) {
    const auto old = graph.constant(linear.bias)->data<float>();
    biases.assign(old.begin(), old.end());
  }
  for (std::size_t c = 0; c < biases.size(); ++c) {
    biases[c] = static_cast<float>(static_cast<double>(biases[c]) * scale[c] + shift[c]);
  }
  const std::string weight_name = graph.value(linear.weight).name;
  const std::string bias_name =
      linear.bias != ValueId::kNone ? graph.value(linear.bias).name : weight_name + "_bias";
  // A mere shift leaves the weight as it is, shared with whoever else reads it.
  if (std::any_of(scale.begin(), scale.end(), [](double factor) { return factor != 1.0; })) {
    replace_constant(graph, linear.id, 1, weight_name, scaled_weight(graph, linear, scale));
  }
  replace_constant(graph, linear.id, 2, bias_name, Tensor::of<float>({linear.channels}, biases));
}

void absorb(Graph& graph, NodeId producer, NodeId node) {
  const ValueId result = graph.node(node).output(0);
  graph.remove_node(node);
  graph.set_output(producer, 0, result);
}

}  // namespace xquant::simplify
