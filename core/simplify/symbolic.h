#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// A constant factor: number * tensor, where kNone stands for a tensor of ones.
struct Coefficient {
  double number = 0;
  ValueId tensor = ValueId::kNone;
};

/// Values that an expression is written in, at most three; their powers in a monomial. 1/leaf has
/// the power -1.
using Leaves = std::vector<ValueId>;
using Powers = std::array<int, 3>;

/// A sum of monomials of the leaves: what a piece of the graph computes, whatever the order and
/// association in which an exporter wrote it down. Products of two constant tensors, and sums of
/// two terms with tensors, are not expressed.
class Expression {
 public:
  /// What value computes in terms of the leaves, over Add, Sub, Mul, Div, Neg, Reciprocal, Pow with
  /// a small whole exponent, and constants. nullopt when it is made of anything else, or is large.
  static std::optional<Expression> of(const Graph& graph, ValueId value, const Leaves& leaves);

  const std::map<Powers, Coefficient>& terms() const { return terms_; }
  /// The largest rank of the single numbers in it: with leaves of a smaller rank the result would
  /// have this one.
  std::size_t number_rank() const { return number_rank_; }
  /// The number in front of a monomial without tensor; 0 when there is none.
  double number(const Powers& powers) const;
  /// Whether the expression has exactly these monomials, with these numbers (constants like
  /// sqrt(2)) as exactly as half precision would hold them, and no tensors.
  bool is(const std::map<Powers, double>& numbers) const;

  std::optional<Expression> plus(const Expression& other, double sign) const;
  std::optional<Expression> times(const Expression& other) const;
  /// 1/this, when this is one monomial without tensor.
  std::optional<Expression> inverse() const;
  static Expression constant(Coefficient coefficient, std::size_t rank = 0);
  static Expression leaf(std::size_t position);

 private:
  std::map<Powers, Coefficient> terms_;
  std::size_t number_rank_ = 0;
};

/// Whether two numbers are the same constant as exporters write it down.
bool same_number(double a, double b);

/// The node that writes value when it is of that type in ai.onnx; nullptr otherwise.
const Node* writer(const Graph& graph, ValueId value, std::string_view type);
/// The only element of a float constant that nobody can feed; nullopt otherwise.
std::optional<double> scalar(const Graph& graph, ValueId value);

}  // namespace xquant::simplify
