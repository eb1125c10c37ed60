#include <cmath>
#include <optional>

#include "simplify/ranks.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/spread.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// What a constant in Max cannot change: minus infinity.
bool is_lowest(const Graph& graph, ValueId value) {
  const auto number = scalar(graph, value);
  return number && std::isinf(*number) && *number < 0.0;
}

ValueId behind_lowest(const Graph& graph, ValueId value) {
  const Node* maximum = writer(graph, value, "Max");
  if (maximum == nullptr || maximum->inputs.size() != 2) return value;
  if (is_lowest(graph, maximum->input(0))) return maximum->input(1);
  return is_lowest(graph, maximum->input(1)) ? maximum->input(0) : value;
}

/// The axes that `value`, brought back to the rank of `of`, reduces it over by an operator of that
/// type.
std::optional<ReducedAxes> reduction_of(const Graph& graph, ValueId value, const std::string& type,
                                        ValueId of) {
  const Spread spread = strip(graph, value);
  const Node* node = writer(graph, behind_lowest(graph, spread.source), type);
  if (node == nullptr || node->input(0) != of) return std::nullopt;
  auto reduced = reduced_axes(graph, *node);
  if (!reduced || reduced->axes.size() != 1 || !fits(*reduced, spread)) return std::nullopt;
  return reduced;
}

struct Match {
  ValueId x;
  std::int64_t axis;
};

/// exp(x - max(x)) / sum(exp(x - max(x))).
std::optional<Match> match(const Graph& graph, const Node& quotient) {
  const Node* power = writer(graph, quotient.input(0), "Exp");
  if (power == nullptr) return std::nullopt;
  const auto sum = reduction_of(graph, quotient.input(1), "ReduceSum", quotient.input(0));
  const Node* difference = writer(graph, power->input(0), "Sub");
  if (!sum || difference == nullptr) return std::nullopt;
  const ValueId x = difference->input(0);
  const auto largest = reduction_of(graph, difference->input(1), "ReduceMax", x);
  if (!largest || largest->axes != sum->axes) return std::nullopt;
  return Match{x, sum->axes[0]};
}

/// Softmax before opset 13 normalizes all dimensions from axis on; for the last one that is the
/// same.
bool is_last(std::int64_t axis, std::optional<std::size_t> rank) {
  return axis == -1 || (rank && axis == static_cast<std::int64_t>(*rank) - 1);
}

/// Softmax as JAX and older TensorFlow graphs write it down becomes one node.
std::size_t apply(Graph& graph, const runtime::OpsetImports& opsets) {
  const auto imported = opsets.find("");
  const std::int64_t opset = imported == opsets.end() ? 1 : imported->second;
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id) || !graph.node(id).is("Div")) continue;
    const auto found = match(graph, graph.node(id));
    if (!found) continue;
    std::int64_t axis = found->axis;
    if (opset < 13) {
      const auto ranks = infer_ranks(graph);
      const auto rank = ranks.find(found->x);
      if (rank == ranks.end() || !is_last(axis, rank->second)) continue;
      axis = static_cast<std::int64_t>(rank->second) - 1;
    }
    replace_writer(graph, graph.node(id).output(0), "Softmax", {found->x}, {{"axis", axis}});
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kSoftmax = {"Softmax", apply};

}  // namespace xquant::simplify
