#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/config.h"
#include "convert/half_precision.h"
#include "data/calibration_set.h"
#include "graph/graph.h"
#include "simplify/history.h"

namespace xquant::pipeline {

/// Throws Error(kModel) naming the QuantizeLinear and DequantizeLinear nodes when there are any, or
/// the operators of other quantized forms (dynamic, operator-oriented, weights in blocks).
void refuse_quantized(const Model& model, const std::string& path);

/// The float graph as quantization wants it: initializers are constants (not overridable inputs),
/// Constant nodes and BatchNormalization are gone, nodes have unique names. The original keeps its
/// input and output names and order.
struct Prepared {
  simplify::History history;  ///< what became of the file's tensors
  /// Set when the file computes in float16 or bfloat16; the graph is all float then.
  std::optional<convert::WidenedModel> widened{};
};
Prepared prepare(Model& model, const config::Config& config, Diagnostics& diagnostics);

/// The inputs that calibration data has to provide.
std::vector<data::InputSpec> input_specs(const Graph& graph);

/// The names of nodes that hold QuantizeLinear or DequantizeLinear (the first result's name for
/// nameless nodes).
std::vector<std::string> quantized_node_names(const Graph& graph);

}  // namespace xquant::pipeline
