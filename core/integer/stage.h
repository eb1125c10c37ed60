#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "int8/xq_int8.h"

namespace xquant::integer {

/// Functions between an accumulator and its QuantizeLinear, as int8/xq_stage.h runs them: value 0
/// is the operator's real result, value i + 1 that of step i. Also the steps of an expression,
/// where the operands come first (int8/xq_expression.h).
struct Stage {
  struct Step {
    xq_step_kind kind = XQ_STEP_UNARY;
    int op = 0;  ///< xq_unary_op or xq_binary_op
    int a = 0, b = 0, c = 0;
    float alpha = 0, beta = 0;
    std::vector<float> constant{};  ///< one, or one for each output channel
  };
  std::vector<Step> steps{};

  /// As the library takes them; they point into this stage.
  std::vector<xq_step> library_steps() const;
};

/// As attributes of a node of kDomain, and back; nullopt when the node has none.
void write_stage(const Stage& stage, Attributes& attributes);
std::optional<Stage> read_stage(const Node& node);

}  // namespace xquant::integer
