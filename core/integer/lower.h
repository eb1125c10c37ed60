#pragma once

#include <vector>

#include "graph/graph.h"
#include "integer/decision.h"
#include "runtime/program.h"

namespace xquant::integer {

/// A quantized model made ready for integer execution. Values keep their names, new ones have names
/// of their own; both graphs have the model's inputs (less those with a default) and outputs.
struct Lowered {
  /// The model as DequantizeLinear, float operator, QuantizeLinear: what the integers stand for.
  /// Computes the model's bits when it runs in float.
  Graph reference;
  /// The same with its islands as nodes of kDomain (fused.h); int8 between them.
  Graph graph;
  std::vector<Decision> decisions;  ///< one for each operator other than QuantizeLinear and
                                    ///< DequantizeLinear, in the order of reference
  std::vector<Island> islands;      ///< in an order of execution
};

/// Finds what runs in int8: QDQ and QOperator models of any tool. A model that is not quantized
/// comes back with decisions that say so and no islands.
Lowered lower(const Model& model);

}  // namespace xquant::integer
