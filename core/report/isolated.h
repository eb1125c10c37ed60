#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace xquant::report {

/// One graph that holds the float model and, beside it, every int8 unit of the quantized one fed
/// with the float model's own values instead of the quantized ones. So the error of a result is
/// what its unit alone adds: the rounding of its operands, of its weights and of the result;
/// nothing that operators before it did.
struct Isolated {
  Graph graph;
  /// Name of a tensor in the float model -> name of the same tensor as its unit alone makes it.
  std::map<std::string, std::string> results;
};

/// quantized is what emission made of float_graph, float_names its map from float names to the
/// names of the dequantized values. Operators that hold subgraphs are left out on the quantized
/// side: their results are those of the float model.
Isolated isolate(const Graph& float_graph, const Graph& quantized,
                 const std::map<std::string, std::string>& float_names);

}  // namespace xquant::report
