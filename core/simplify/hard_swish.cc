#include <optional>

#include "simplify/ranks.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

constexpr Powers kOne{0, 0, 0};
constexpr Powers kX{1, 0, 0};
constexpr Powers kGate{0, 1, 0};
constexpr Powers kGatedX{1, 1, 0};

std::optional<double> bound(const Graph& graph, const Node& clip, std::size_t position,
                            std::string_view attribute) {
  if (clip.input(position) != ValueId::kNone) return scalar(graph, clip.input(position));
  if (!clip.has(attribute)) return std::nullopt;
  return static_cast<double>(clip.float_or(attribute, 0.0F));
}

/// x of Clip(x + 3, 0, 6); kNone when the node is anything else.
ValueId operand_of_relu6(const Graph& graph, const Node& clip) {
  if (!clip.is("Clip") || bound(graph, clip, 1, "min") != 0.0 ||
      bound(graph, clip, 2, "max") != 6.0) {
    return ValueId::kNone;
  }
  const Node* add = writer(graph, clip.input(0), "Add");
  if (add == nullptr) return ValueId::kNone;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const auto sum = Expression::of(graph, clip.input(0), {add->input(side)});
    if (sum && sum->is({{kOne, 3.0}, {kX, 1.0}})) return add->input(side);
  }
  return ValueId::kNone;
}

bool is_hard_sigmoid_sixth(const Node& node) {
  return node.is("HardSigmoid") && node.float_or("beta", 0.5F) == 0.5F &&
         same_number(static_cast<double>(node.float_or("alpha", 0.2F)), 1.0 / 6.0);
}

/// The product x * gate * factor among what follows the gate, or kNone.
ValueId product(const Graph& graph, ValueId x, ValueId gate, double factor) {
  for (const ValueId value : followers(graph, gate, {"Mul", "Div"}, 2)) {
    const auto expression = Expression::of(graph, value, {x, gate});
    if (expression && expression->is({{kGatedX, factor}}) &&
        keeps_rank(graph, x, expression->number_rank())) {
      return value;
    }
  }
  return ValueId::kNone;
}

/// gate / 6 alone, with no x: the HardSigmoid of squeeze-and-excitation blocks.
ValueId sixth(const Graph& graph, ValueId x, ValueId gate) {
  for (const ValueId value : followers(graph, gate, {"Mul", "Div"}, 1)) {
    const auto expression = Expression::of(graph, value, {x, gate});
    if (expression && expression->is({{kGate, 1.0 / 6.0}}) &&
        keeps_rank(graph, x, expression->number_rank())) {
      return value;
    }
  }
  return ValueId::kNone;
}

/// HardSwish(x) = x * clip(x + 3, 0, 6) / 6 = x * HardSigmoid(x; 1/6, 1/2), and HardSigmoid alone
/// (ONNX HardSwish).
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    const bool hard_sigmoid = is_hard_sigmoid_sixth(node);
    const ValueId x = hard_sigmoid ? node.input(0) : operand_of_relu6(graph, node);
    if (x == ValueId::kNone) continue;
    const ValueId gate = node.output(0);
    const ValueId swish = product(graph, x, gate, hard_sigmoid ? 1.0 : 1.0 / 6.0);
    if (swish != ValueId::kNone) {
      replace_writer(graph, swish, "HardSwish", {x});
      ++times;
      continue;
    }
    const ValueId sigmoid = hard_sigmoid ? ValueId::kNone : sixth(graph, x, gate);
    if (sigmoid == ValueId::kNone) continue;
    replace_writer(graph, sigmoid, "HardSigmoid", {x}, {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kHardSwish = {"HardSwish", apply};

}  // namespace xquant::simplify
