#include "simplify/symbolic.h"

#include <algorithm>
#include <cmath>

namespace xquant::simplify {
namespace {

constexpr int kMaxPower = 3;
constexpr std::size_t kMaxTerms = 8;
constexpr int kMaxDepth = 12;
/// Half precision rounds by up to half a unit in the last of its eleven binary digits. Models whose
/// weights were stored that way hold 0.16662598 for 1/6 and 1.4140625 for sqrt(2).
constexpr double kHalfRounding = 0x1p-11;

using Maybe = std::optional<Expression>;

bool is_float_constant(const Graph& graph, ValueId value) {
  const Tensor* tensor = graph.constant(value);
  return tensor != nullptr && tensor->type() == DataType::kFloat && !graph.is_input(value);
}

class Reader {
 public:
  Reader(const Graph& graph, const Leaves& leaves) : graph_(graph), leaves_(leaves) {}

  const Maybe& read(ValueId value, int depth) {
    const auto found = known_.find(value);
    if (found != known_.end()) return found->second;
    return known_.emplace(value, compute(value, depth)).first->second;
  }

 private:
  Maybe compute(ValueId value, int depth) {
    if (value == ValueId::kNone || depth > kMaxDepth) return std::nullopt;
    const auto leaf = std::find(leaves_.begin(), leaves_.end(), value);
    if (leaf != leaves_.end()) {
      return Expression::leaf(static_cast<std::size_t>(leaf - leaves_.begin()));
    }
    if (const auto number = scalar(graph_, value)) {
      return Expression::constant({*number}, graph_.constant(value)->shape().size());
    }
    if (is_float_constant(graph_, value)) return Expression::constant({1.0, value});
    const NodeId id = graph_.value(value).producer;
    if (id == NodeId::kNone || !graph_.node(id).domain.empty()) return std::nullopt;
    return compute(graph_.node(id), depth + 1);
  }

  Maybe compute(const Node& node, int depth) {
    const Maybe first = read(node.input(0), depth);
    if (!first) return std::nullopt;
    if (node.is("Neg")) return first->times(Expression::constant({-1.0}));
    if (node.is("Reciprocal")) return first->inverse();
    if (node.is("Pow")) return power(*first, scalar(graph_, node.input(1)));
    if (!node.is("Add") && !node.is("Sub") && !node.is("Mul") && !node.is("Div")) {
      return std::nullopt;
    }
    const Maybe second = read(node.input(1), depth);
    if (!second) return std::nullopt;
    if (node.is("Add")) return first->plus(*second, 1.0);
    if (node.is("Sub")) return first->plus(*second, -1.0);
    if (node.is("Mul")) return first->times(*second);
    const Maybe divisor = second->inverse();
    return divisor ? first->times(*divisor) : std::nullopt;
  }

  static Maybe power(const Expression& base, std::optional<double> exponent) {
    if (!exponent || (*exponent != 2.0 && *exponent != 3.0)) return std::nullopt;
    Maybe result = base.times(base);
    return result && *exponent == 3.0 ? result->times(base) : result;
  }

  const Graph& graph_;
  const Leaves& leaves_;
  std::map<ValueId, Maybe> known_;
};

}  // namespace

std::optional<Expression> Expression::of(const Graph& graph, ValueId value, const Leaves& leaves) {
  return Reader(graph, leaves).read(value, 0);
}

double Expression::number(const Powers& powers) const {
  const auto found = terms_.find(powers);
  return found == terms_.end() || found->second.tensor != ValueId::kNone ? 0.0
                                                                         : found->second.number;
}

bool Expression::is(const std::map<Powers, double>& numbers) const {
  return terms_.size() == numbers.size() &&
         std::all_of(numbers.begin(), numbers.end(), [&](const auto& expected) {
           const double written = number(expected.first);
           return std::abs(written - expected.second) <= kHalfRounding * std::abs(expected.second);
         });
}

std::optional<Expression> Expression::plus(const Expression& other, double sign) const {
  Expression sum = *this;
  sum.number_rank_ = std::max(number_rank_, other.number_rank_);
  for (const auto& [powers, coefficient] : other.terms_) {
    const Coefficient added{sign * coefficient.number, coefficient.tensor};
    const auto [found, is_new] = sum.terms_.emplace(powers, added);
    if (is_new) continue;
    if (found->second.tensor != added.tensor) return std::nullopt;
    found->second.number += added.number;
    if (found->second.number == 0.0) sum.terms_.erase(found);
  }
  if (sum.terms_.size() > kMaxTerms) return std::nullopt;
  return sum;
}

std::optional<Expression> Expression::times(const Expression& other) const {
  Expression product;
  for (const auto& [left, a] : terms_) {
    for (const auto& [right, b] : other.terms_) {
      if (a.tensor != ValueId::kNone && b.tensor != ValueId::kNone) return std::nullopt;
      Powers powers{};
      for (std::size_t i = 0; i < powers.size(); ++i) {
        powers[i] = left[i] + right[i];
        if (std::abs(powers[i]) > kMaxPower) return std::nullopt;
      }
      Expression term;
      term.terms_[powers] = {a.number * b.number, a.tensor != ValueId::kNone ? a.tensor : b.tensor};
      const auto sum = product.plus(term, 1.0);
      if (!sum) return std::nullopt;
      product = *sum;
    }
  }
  product.number_rank_ = std::max(number_rank_, other.number_rank_);
  return product;
}

std::optional<Expression> Expression::inverse() const {
  if (terms_.size() != 1) return std::nullopt;
  const auto& [powers, coefficient] = *terms_.begin();
  if (coefficient.tensor != ValueId::kNone || coefficient.number == 0.0) return std::nullopt;
  Powers inverted{};
  for (std::size_t i = 0; i < powers.size(); ++i) inverted[i] = -powers[i];
  Expression result;
  result.terms_[inverted] = {1.0 / coefficient.number};
  result.number_rank_ = number_rank_;
  return result;
}

Expression Expression::constant(Coefficient coefficient, std::size_t rank) {
  Expression result;
  result.number_rank_ = rank;
  if (coefficient.number != 0.0 || coefficient.tensor != ValueId::kNone) {
    result.terms_[Powers{}] = coefficient;
  }
  return result;
}

Expression Expression::leaf(std::size_t position) {
  Powers powers{};
  powers[position] = 1;
  Expression result;
  result.terms_[powers] = {1.0};
  return result;
}

bool same_number(double a, double b) { return std::abs(a - b) <= 1e-4 * std::abs(b); }

const Node* writer(const Graph& graph, ValueId value, std::string_view type) {
  if (value == ValueId::kNone) return nullptr;
  const NodeId id = graph.value(value).producer;
  return id != NodeId::kNone && graph.node(id).is(type) ? &graph.node(id) : nullptr;
}

std::optional<double> scalar(const Graph& graph, ValueId value) {
  if (!is_float_constant(graph, value)) return std::nullopt;
  const Tensor& tensor = *graph.constant(value);
  if (tensor.size() != 1) return std::nullopt;
  return static_cast<double>(tensor.data<float>()[0]);
}

}  // namespace xquant::simplify
