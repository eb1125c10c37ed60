#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "integer/match/operand.h"
#include "integer/stage.h"

namespace xquant::integer {

/// What an operand of an expression is.
struct ExpressionOperand {
  enum class Kind { kCodes, kReals, kFlags };
  Kind kind = Kind::kCodes;
  Operand operand{};              ///< of codes and flags
  std::optional<Tensor> reals{};  ///< a constant
};

/// Nodes that compute each element of a value from elements of several tensors, in the steps of
/// int8/xq_expression.h.
struct Expression {
  std::vector<NodeId> nodes{};  ///< operators before their readers; DequantizeLinear left out
  std::vector<ExpressionOperand> operands{};
  Stage steps{};
};

/// The expression that computes value; nullopt when it has other operators, float operands, or more
/// of either than the library takes.
std::optional<Expression> find_expression(const Graph& graph, ValueId value);

/// Whether expressions have this operator.
bool is_of_expressions(const Graph& graph, const Node& node);

}  // namespace xquant::integer
