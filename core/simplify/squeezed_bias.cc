#include <algorithm>
#include <optional>

#include "simplify/fold_into_weights.h"
#include "simplify/rewrite.h"
#include "simplify/spread.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// The shape with ones at the axes, which count in the result.
Shape with_ones(const Shape& shape, const std::vector<std::int64_t>& axes) {
  Shape result(shape.begin(), shape.end());
  for (const std::int64_t axis : axes) result.insert(result.begin() + axis, 1);
  return result;
}

struct Match {
  NodeId squeeze;
  std::size_t side;  ///< operand of the Add that is squeezed
  Shape shape;       ///< of the constant before Squeeze
};

std::optional<Match> match(const Graph& graph, const Node& add) {
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* squeeze = writer(graph, add.input(side), "Squeeze");
    const Tensor* constant = graph.constant(add.input(1 - side));
    if (squeeze == nullptr || constant == nullptr || graph.is_input(add.input(1 - side))) continue;
    const NodeId id = graph.value(add.input(side)).producer;
    const ValueId source = squeeze->input(0);
    if (source == ValueId::kNone || only_reader(graph, add.input(side)) == NodeId::kNone ||
        only_reader(graph, source) == NodeId::kNone) {
      continue;
    }
    const LinearNode linear = as_linear(graph, graph.value(source).producer);
    if (linear.id == NodeId::kNone || graph.node(linear.id).is("Gemm")) continue;
    auto reduced = reduced_axes(graph, *squeeze);
    if (!reduced) continue;
    const std::size_t rank = graph.constant(linear.weight)->shape().size();
    // A constant of the full rank says which of its dimensions is which.
    if (constant->shape().size() + reduced->axes.size() != rank) continue;
    std::sort(reduced->axes.begin(), reduced->axes.end());
    const bool beyond =
        reduced->axes.front() < 2 || reduced->axes.back() >= static_cast<std::int64_t>(rank);
    if (!beyond) return Match{id, side, with_ones(constant->shape(), reduced->axes)};
  }
  return std::nullopt;
}

/// Conv, Squeeze, Add of a constant, as TensorFlow's one-dimensional convolutions arrive, becomes
/// Conv, Add, Squeeze, so that the constant can become the bias.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.node(id).is("Add")) continue;
    const auto found = match(graph, graph.node(id));
    if (!found) continue;
    const ValueId constant = graph.node(id).input(1 - found->side);
    const ValueId result = graph.node(id).output(0);
    const ValueId source = graph.node(found->squeeze).input(0);
    const Tensor reshaped = graph.constant(constant)->reshaped(found->shape);
    const ValueId operand = graph.add_constant(
        graph.fresh_value_name(graph.value(constant).name + "_unsqueezed"), reshaped);
    const ValueId sum = graph.add_value(graph.fresh_value_name(graph.value(result).name + "_sum"),
                                        {.element = DataType::kFloat});
    graph.set_output(id, 0, sum);
    graph.set_input(id, found->side, source);
    graph.set_input(id, 1 - found->side, operand);
    graph.set_output(found->squeeze, 0, result);
    graph.set_input(found->squeeze, 0, sum);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kSqueezedBias = {"bias behind Squeeze", apply};

}  // namespace xquant::simplify
