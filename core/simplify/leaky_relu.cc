#include <algorithm>
#include <optional>

#include "simplify/fold_into_weights.h"
#include "simplify/ranks.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// Powers of Relu(x), x and the other half in a monomial.
constexpr Powers kPositive{1, 0, 0};
constexpr Powers kX{0, 1, 0};
constexpr Powers kOther{0, 0, 1};

/// What stands beside Relu(x) for the values below zero.
struct OtherHalf {
  ValueId value;
  bool is_magnitude;  ///< |x|; otherwise Relu(-x)
};

/// x of Neg(x) or x * -1.
bool is_negated(const Graph& graph, ValueId value, ValueId x) {
  const auto expression = Expression::of(graph, value, {x});
  return expression && expression->is({{Powers{1, 0, 0}, -1.0}});
}

std::vector<OtherHalf> other_halves(const Graph& graph, ValueId x) {
  std::vector<OtherHalf> found;
  for (const ValueId value : followers(graph, x, {"Abs", "Neg", "Mul"}, 1)) {
    if (writer(graph, value, "Abs") != nullptr) {
      found.push_back({value, true});
    } else if (is_negated(graph, value, x)) {
      for (const ValueId half : followers(graph, value, {"Relu"}, 1))
        found.push_back({half, false});
    }
  }
  return found;
}

/// The factor of x below zero when value computes x above it.
std::optional<Coefficient> slope(const Graph& graph, ValueId value, ValueId x, ValueId positive,
                                 const OtherHalf& other) {
  const auto expression = Expression::of(graph, value, {positive, x, other.value});
  if (!expression || expression->number(kPositive) != 1.0 ||
      !keeps_rank(graph, x, expression->number_rank())) {
    return std::nullopt;
  }
  const auto& terms = expression->terms();
  const auto below = terms.find(kOther);
  if (below == terms.end() || terms.size() != (other.is_magnitude ? 3U : 2U)) return std::nullopt;
  const Coefficient factor = below->second;
  if (!other.is_magnitude) return Coefficient{-factor.number, factor.tensor};
  const auto linear = terms.find(kX);
  if (linear == terms.end() || linear->second.tensor != factor.tensor ||
      linear->second.number != -factor.number) {
    return std::nullopt;
  }
  return Coefficient{-2.0 * factor.number, factor.tensor};
}

/// Whether a slope of this shape leaves the shape of x as it is.
bool broadcasts_into(const Graph& graph, const Shape& slope, ValueId x) {
  if (const auto& declared = graph.value(x).type.shape) {
    if (slope.size() > declared->size()) return false;
    const std::size_t skipped = declared->size() - slope.size();
    for (std::size_t i = 0; i < slope.size(); ++i) {
      const auto* size = std::get_if<std::int64_t>(&(*declared)[skipped + i]);
      if (slope[i] != 1 && (size == nullptr || *size != slope[i])) return false;
    }
    return true;
  }
  const NodeId id = graph.value(x).producer;
  if (id == NodeId::kNone) return false;
  const LinearNode linear = as_linear(graph, id);
  if (linear.id == NodeId::kNone) return false;
  const std::size_t rank = graph.constant(linear.weight)->shape().size();
  if (slope.size() > rank) return false;
  for (std::size_t i = 0; i < slope.size(); ++i) {
    const bool is_channels = rank - slope.size() + i == 1;
    if (slope[i] != 1 && !(is_channels && slope[i] == linear.channels)) return false;
  }
  return true;
}

Tensor scaled(const Tensor& tensor, double factor) {
  std::vector<float> values(tensor.data<float>().begin(), tensor.data<float>().end());
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) * factor);
  return Tensor::of<float>(tensor.shape(), values);
}

bool rewrite(Graph& graph, ValueId value, ValueId x, const Coefficient& slope) {
  if (slope.tensor == ValueId::kNone) {
    replace_writer(graph, value, "LeakyRelu", {x}, {{"alpha", static_cast<float>(slope.number)}});
    return true;
  }
  const Tensor values = scaled(*graph.constant(slope.tensor), slope.number);
  if (!broadcasts_into(graph, values.shape(), x)) return false;
  const std::string name = graph.fresh_value_name(graph.value(slope.tensor).name + "_slope");
  const ValueId constant = graph.add_constant(name, values);
  replace_writer(graph, value, "PRelu", {x, constant});
  return true;
}

bool replace(Graph& graph, ValueId x, ValueId positive) {
  for (const OtherHalf& other : other_halves(graph, x)) {
    for (const ValueId value : followers(graph, positive, {"Add", "Sub"}, 2)) {
      const auto found = slope(graph, value, x, positive, other);
      if (found && rewrite(graph, value, x, *found)) return true;
    }
  }
  return false;
}

/// LeakyRelu and PRelu, as TensorFlow and Keras models write them down: Relu(x) - a * Relu(-x), or
/// Relu(x) + a * (x - |x|), where a is half of the slope.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id) || !graph.node(id).is("Relu")) continue;
    if (replace(graph, graph.node(id).input(0), graph.node(id).output(0))) ++times;
  }
  return times;
}

}  // namespace

const Rewrite kLeakyRelu = {"LeakyRelu", apply};

}  // namespace xquant::simplify
