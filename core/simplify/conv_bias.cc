#include "simplify/fold_into_weights.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// The operand of Add that is one constant for each channel of [N, C, spatial...]: shape [C,1,..]
/// or [1,C,1,..] with as many trailing ones as there are spatial dimensions. nullptr when it is
/// not.
const Tensor* channel_constant(const Graph& graph, ValueId id, std::int64_t channels,
                               std::size_t spatial) {
  const Tensor* tensor = graph.constant(id);
  if (tensor == nullptr || tensor->type() != DataType::kFloat || graph.is_input(id)) return nullptr;
  const Shape& shape = tensor->shape();
  if (tensor->size() != channels || shape.size() < spatial + 1 || shape.size() > spatial + 2) {
    return nullptr;
  }
  if (shape[shape.size() - spatial - 1] != channels) return nullptr;
  return tensor;
}

std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.is("Add")) continue;
    for (std::size_t side = 0; side < 2; ++side) {
      const ValueId input = node.input(side);
      if (input == ValueId::kNone || only_reader(graph, input) != id) continue;
      const LinearNode linear = as_linear(graph, graph.value(input).producer);
      if (linear.id == NodeId::kNone || graph.node(linear.id).op_type == "Gemm") continue;
      const std::size_t spatial = graph.constant(linear.weight)->shape().size() - 2;
      const Tensor* added = channel_constant(graph, node.input(1 - side), linear.channels, spatial);
      if (added == nullptr) continue;
      const auto values = added->data<float>();
      const std::vector<double> shift(values.begin(), values.end());
      scale_and_shift(graph, linear, std::vector<double>(shift.size(), 1.0), shift);
      absorb(graph, linear.id, id);
      ++times;
      break;
    }
  }
  return times;
}

}  // namespace

const Rewrite kConvBias = {"Add after Conv", apply};

}  // namespace xquant::simplify
