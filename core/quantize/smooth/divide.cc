#include "quantize/smooth/divide.h"

#include <utility>

namespace xquant::quantize {
namespace {

Tensor divided(const Tensor& vector, const std::vector<double>& factors) {
  std::vector<float> result;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    result.push_back(static_cast<float>(static_cast<double>(vector.data<float>()[c]) / factors[c]));
  }
  return Tensor::of<float>(vector.shape(), result);
}

Tensor reciprocals(const std::vector<double>& factors) {
  const Shape shape{static_cast<std::int64_t>(factors.size())};
  const std::vector<float> ones(factors.size(), 1.0F);
  return divided(Tensor::of<float>(shape, ones), factors);
}

/// Adds the node with a result like the tensor's; returns that result.
ValueId add_node(ValueId tensor, Node node, Graph& graph) {
  const ValueType type = graph.value(tensor).type;
  const ValueId result =
      graph.add_value(graph.fresh_value_name(graph.value(tensor).name + "_smoothed"), type);
  node.name = graph.fresh_node_name(graph.node(graph.value(tensor).producer).name + "_smoothed");
  node.outputs = {result};
  graph.add_node(std::move(node));
  return result;
}

}  // namespace

ValueId divide_channels(const SmoothSite& site, const std::vector<double>& factors, Graph& graph) {
  const NodeId producer = graph.value(site.tensor).producer;
  if (site.divisor == Divisor::kMul) {
    const ValueId vector = graph.add_constant(
        graph.fresh_value_name(graph.value(site.tensor).name + "_divisor"), reciprocals(factors));
    return add_node(site.tensor,
                    Node{.name = "", .op_type = "Mul", .inputs = {site.tensor, vector}}, graph);
  }
  Node copy = graph.node(producer);
  for (const std::size_t position : {std::size_t{1}, std::size_t{2}}) {
    const ValueId vector = copy.input(position);
    if (vector == ValueId::kNone) continue;
    Tensor smoothed = divided(*graph.constant(vector), factors);
    if (site.divisor == Divisor::kNormalization) {
      graph.value(vector).constant = std::move(smoothed);
    } else {
      copy.inputs[position] = graph.add_constant(
          graph.fresh_value_name(graph.value(vector).name + "_smoothed"), std::move(smoothed));
    }
  }
  return site.divisor == Divisor::kNormalization ? site.tensor
                                                 : add_node(site.tensor, std::move(copy), graph);
}

}  // namespace xquant::quantize
