#include "simplify/deviation.h"

#include <algorithm>
#include <utility>

#include "simplify/replace.h"
#include "simplify/spread.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

struct Mean {
  ValueId of;
  ReducedAxes reduced;
  double count = 0;
};

/// A sum times 1/count, or divided by count.
std::optional<std::pair<ValueId, double>> as_divided(const Graph& graph, ValueId value) {
  if (const Node* product = writer(graph, value, "Mul")) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const auto factor = scalar(graph, product->input(side));
      if (factor && *factor > 0.0) return std::pair(product->input(1 - side), 1.0 / *factor);
    }
  }
  if (const Node* quotient = writer(graph, value, "Div")) {
    const auto divisor = scalar(graph, quotient->input(1));
    if (divisor && *divisor > 0.0) return std::pair(quotient->input(0), *divisor);
  }
  return std::nullopt;
}

std::optional<Mean> as_mean(const Graph& graph, ValueId value) {
  const Node* node = writer(graph, value, "ReduceMean");
  double count = 0;
  if (node == nullptr) {
    const auto divided = as_divided(graph, value);
    node = divided ? writer(graph, divided->first, "ReduceSum") : nullptr;
    if (node == nullptr) return std::nullopt;
    count = divided->second;
  }
  const auto reduced = reduced_axes(graph, *node);
  if (!reduced) return std::nullopt;
  return Mean{node->input(0), *reduced, count};
}

/// The tensor that carries the mean to x: the mean itself, or what Reshape and Expand make of it.
ValueId carried(const Graph& graph, ValueId value, const Mean& mean) {
  ValueId result = mean.reduced.kept ? value : ValueId::kNone;
  for (const ValueId next : followers(graph, value, {"Reshape", "Unsqueeze", "Expand"}, 2)) {
    const Spread spread = strip(graph, next);
    if (spread.source == value && fits(mean.reduced, spread)) result = next;
  }
  return result;
}

/// v of v^2; kNone when value is no square.
ValueId root_of_square(const Graph& graph, ValueId value) {
  if (const Node* product = writer(graph, value, "Mul")) {
    return product->input(0) == product->input(1) ? product->input(0) : ValueId::kNone;
  }
  const Node* power = writer(graph, value, "Pow");
  if (power == nullptr || scalar(graph, power->input(1)) != 2.0) return ValueId::kNone;
  return power->input(0);
}

/// A cast from float to float, which PyTorch writes around Pow.
ValueId behind_cast(const Graph& graph, ValueId value) {
  const Node* cast = writer(graph, value, "Cast");
  if (cast == nullptr || cast->int_or("to", 0) != static_cast<int>(DataType::kFloat)) return value;
  const ValueId source = cast->input(0);
  return graph.value(source).type.element == DataType::kFloat ? source : value;
}

/// The deviation without its value; how the variance must be spread is told by `moment`.
struct Variance {
  Deviation deviation;
  Mean moment;
};

std::optional<Variance> from_second_moment(const Graph& graph, const Mean& moment) {
  const ValueId base = behind_cast(graph, root_of_square(graph, behind_cast(graph, moment.of)));
  if (base == ValueId::kNone) return std::nullopt;
  Deviation deviation{.value = ValueId::kNone,
                      .x = base,
                      .mean = ValueId::kNone,
                      .axes = moment.reduced.axes,
                      .count = moment.count};
  if (const Node* difference = writer(graph, base, "Sub")) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const ValueId mean = difference->input(side);
      const ValueId x = difference->input(1 - side);
      const Spread spread = strip(graph, mean);
      const auto first = as_mean(graph, spread.source);
      if (first && first->of == x && first->reduced.axes == moment.reduced.axes &&
          fits(first->reduced, spread)) {
        deviation.x = x;
        deviation.mean = mean;
      }
    }
  }
  return Variance{deviation, moment};
}

/// mean(x^2) - mean(x)^2.
std::optional<Variance> from_moments(const Graph& graph, const Node& difference) {
  const auto second = as_mean(graph, difference.input(0));
  const ValueId mean = root_of_square(graph, difference.input(1));
  if (!second || mean == ValueId::kNone) return std::nullopt;
  const auto first = as_mean(graph, mean);
  const ValueId x = root_of_square(graph, second->of);
  if (!first || x == ValueId::kNone || first->of != x || first->reduced != second->reduced ||
      first->count != second->count) {
    return std::nullopt;
  }
  const ValueId at_x = carried(graph, mean, *first);
  if (at_x == ValueId::kNone) return std::nullopt;
  return Variance{{.value = ValueId::kNone,
                   .x = x,
                   .mean = at_x,
                   .axes = first->reduced.axes,
                   .count = first->count},
                  *second};
}

std::optional<Variance> from_variance(const Graph& graph, ValueId variance) {
  if (const auto moment = as_mean(graph, variance)) return from_second_moment(graph, *moment);
  // Flax keeps rounding from making the variance negative.
  if (const Node* relu = writer(graph, variance, "Relu")) variance = relu->input(0);
  if (const Node* maximum = writer(graph, variance, "Max")) {
    if (maximum->inputs.size() != 2) return std::nullopt;
    const std::size_t zero = scalar(graph, maximum->input(0)) == 0.0 ? 0 : 1;
    if (scalar(graph, maximum->input(zero)) != 0.0) return std::nullopt;
    variance = maximum->input(1 - zero);
  }
  const Node* difference = writer(graph, variance, "Sub");
  return difference == nullptr ? std::nullopt : from_moments(graph, *difference);
}

int power_of(const Graph& graph, const Node& node) {
  if (node.is("Sqrt")) return 1;
  const auto exponent = node.is("Pow") ? scalar(graph, node.input(1)) : std::nullopt;
  if (exponent == 0.5) return 1;
  return exponent == -0.5 ? -1 : 0;
}

}  // namespace

std::optional<Deviation> as_deviation(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const int power = power_of(graph, node);
  const Node* sum = power == 0 ? nullptr : writer(graph, node.input(0), "Add");
  if (sum == nullptr) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const auto epsilon = scalar(graph, sum->input(side));
    if (!epsilon || *epsilon < 0.0) continue;
    const Spread spread = strip(graph, sum->input(1 - side));
    const auto variance = from_variance(graph, spread.source);
    if (!variance || !fits(variance->moment.reduced, spread)) return std::nullopt;
    Deviation deviation = variance->deviation;
    deviation.value = node.output(0);
    deviation.power = power;
    deviation.epsilon = static_cast<float>(*epsilon);
    return deviation;
  }
  return std::nullopt;
}

}  // namespace xquant::simplify
