#include <optional>

#include "simplify/fold_into_weights.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// y -> scale * y + shift, for each channel.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

/// The operand that is one constant, or one for each channel of [N, C, spatial...]: shape [C,1,..]
/// or [1,C,1,..] with as many trailing ones as there are spatial dimensions. Empty when it is not.
std::vector<double> channel_constant(const Graph& graph, ValueId id, std::int64_t channels,
                                     std::size_t spatial) {
  const Tensor* tensor = graph.constant(id);
  if (tensor == nullptr || tensor->type() != DataType::kFloat || graph.is_input(id)) return {};
  const Shape& shape = tensor->shape();
  const auto values = tensor->data<float>();
  if (tensor->size() == 1 && shape.size() <= spatial + 2) {
    return std::vector<double>(static_cast<std::size_t>(channels), static_cast<double>(values[0]));
  }
  if (tensor->size() != channels || shape.size() < spatial + 1 || shape.size() > spatial + 2) {
    return {};
  }
  if (shape[shape.size() - spatial - 1] != channels) return {};
  return {values.begin(), values.end()};
}

std::size_t spatial_rank(const Graph& graph, const LinearNode& linear) {
  return graph.constant(linear.weight)->shape().size() - 2;
}

/// The node as an affine map of its operand at `side`, whose channels are those of linear.
std::optional<Affine> as_affine(const Graph& graph, const Node& node, std::size_t side,
                                const LinearNode& linear) {
  // c / y is not affine.
  if (node.is("Div") && side != 0) return std::nullopt;
  std::vector<double> operand =
      channel_constant(graph, node.input(1 - side), linear.channels, spatial_rank(graph, linear));
  if (operand.empty()) return std::nullopt;
  const std::vector<double> ones(operand.size(), 1.0);
  const std::vector<double> zeros(operand.size(), 0.0);
  if (node.is("Add")) return Affine{ones, operand};
  if (node.is("Mul")) return Affine{operand, zeros};
  if (node.is("Div")) {
    for (double& value : operand) {
      if (value == 0.0) return std::nullopt;
      value = 1.0 / value;
    }
    return Affine{operand, zeros};
  }
  if (side == 1) return Affine{std::vector<double>(operand.size(), -1.0), operand};  // c - y
  for (double& value : operand) value = -value;
  return Affine{ones, operand};
}

std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.is("Add") && !node.is("Sub") && !node.is("Mul") && !node.is("Div")) continue;
    for (std::size_t side = 0; side < 2; ++side) {
      const ValueId input = node.input(side);
      if (input == ValueId::kNone || only_reader(graph, input) != id) continue;
      const LinearNode linear = as_linear(graph, graph.value(input).producer);
      if (linear.id == NodeId::kNone) continue;
      const auto affine = as_affine(graph, node, side, linear);
      if (!affine) continue;
      scale_and_shift(graph, linear, affine->scale, affine->shift);
      absorb(graph, linear.id, id);
      ++times;
      break;
    }
  }
  return times;
}

}  // namespace

const Rewrite kChannelArithmetic = {"arithmetic after Conv", apply};

}  // namespace xquant::simplify
