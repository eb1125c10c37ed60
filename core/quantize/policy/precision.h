#pragma once

#include <string>

#include "config/config.h"
#include "graph/graph.h"
#include "plan/target.h"

namespace xquant::quantize {

/// Why an operator that the target could run in int8 stays float at a precision level; "" when it
/// does not.
/// - level 1: normalizations, Softmax-like and Gelu-like operators, and an Add that is the bias of
/// a
///   MatMul, unless the target runs both as one;
/// - level 2: also sums, differences and products of two activations, and Sigmoid, unless the
/// target
///   runs them as one with a computing operator (SiLU, HardSwish);
/// - level 3 (of a custom_setting): everything.
std::string float_by_precision(const Graph& graph, const Node& node, config::PrecisionLevel level,
                               const plan::Target& target);

}  // namespace xquant::quantize
