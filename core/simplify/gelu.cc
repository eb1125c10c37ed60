#include "simplify/ranks.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

constexpr double kInverseRootOfTwo = 0.70710678118654752;
constexpr double kRootOfTwoOverPi = 0.79788456080286536;

/// Powers of x and of the gate in a monomial.
constexpr Powers kX{1, 0, 0};
constexpr Powers kCubeOfX{3, 0, 0};
constexpr Powers kGatedX{1, 1, 0};

/// Values from which the gate's argument may be a polynomial: its operands, up to some depth.
std::vector<ValueId> candidates(const Graph& graph, ValueId argument) {
  std::vector<ValueId> found;
  std::vector<ValueId> frontier{argument};
  for (int depth = 0; depth < 5; ++depth) {
    std::vector<ValueId> next;
    for (const ValueId value : frontier) {
      const NodeId id = value == ValueId::kNone ? NodeId::kNone : graph.value(value).producer;
      if (id == NodeId::kNone) continue;
      for (const ValueId operand : graph.node(id).inputs) {
        if (operand == ValueId::kNone || graph.constant(operand) != nullptr) continue;
        found.push_back(operand);
        next.push_back(operand);
      }
    }
    frontier = std::move(next);
  }
  return found;
}

bool is_argument(const Graph& graph, const Node& gate, ValueId x) {
  const auto argument = Expression::of(graph, gate.input(0), {x});
  if (!argument) return false;
  if (gate.is("Erf")) return argument->is({{kX, kInverseRootOfTwo}});
  return argument->is({{kX, kRootOfTwoOverPi}, {kCubeOfX, kRootOfTwoOverPi * 0.044715}});
}

/// The value that is x * (1 + gate) / 2, or kNone.
ValueId product(const Graph& graph, ValueId x, ValueId gate) {
  for (const ValueId value : followers(graph, gate, {"Add", "Mul", "Div"}, 4)) {
    const auto expression = Expression::of(graph, value, {x, gate});
    if (expression && expression->is({{kX, 0.5}, {kGatedX, 0.5}}) &&
        keeps_rank(graph, x, expression->number_rank())) {
      return value;
    }
  }
  return ValueId::kNone;
}

/// Gelu(x) = x * (1 + erf(x / sqrt(2))) / 2, or with tanh(sqrt(2/pi) * (x + 0.044715 x^3)) in the
/// place of erf (Hendrycks and Gimpel 2016; ONNX Gelu).
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    if (!node.is("Erf") && !node.is("Tanh")) continue;
    const std::string approximate = node.is("Erf") ? "none" : "tanh";
    const ValueId gate = node.output(0);
    for (const ValueId x : candidates(graph, node.input(0))) {
      if (!is_argument(graph, node, x)) continue;
      const ValueId result = product(graph, x, gate);
      if (result == ValueId::kNone) continue;
      replace_writer(graph, result, "Gelu", {x}, {{"approximate", approximate}});
      ++times;
      break;
    }
  }
  return times;
}

}  // namespace

const Rewrite kGelu = {"Gelu", apply};

}  // namespace xquant::simplify
