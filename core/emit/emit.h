#pragma once

#include <map>
#include <string>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "plan/target.h"

namespace xquant::emit {

struct Emitted {
  Graph graph;
  /// For every quantized activation and constant, and every other tensor of the float graph that
  /// survives: its name in the float graph -> the name under which the emitted graph holds the
  /// (dequantized) float value.
  std::map<std::string, std::string> float_names;
};

/// Writes a completed plan into a copy of the graph as QuantizeLinear and DequantizeLinear nodes.
///
/// - An activation that a node writes: node -> `<t>_float` -> QuantizeLinear -> `<t>_quantized` ->
/// DequantizeLinear ->
///   `<t>`, so that readers and graph outputs keep its name. An activation that comes in as a graph
///   input gets one pair for all its quantized readers; its dequantized value is `<t>_dequantized`.
/// - A tensor whose parameters are those of the pass-through operator's input gets a pair only
/// where the target says.
/// - A constant operand becomes an int8 initializer behind one DequantizeLinear, shared by readers
/// with equal
///   parameters; with other readers left, the float initializer stays too.
/// - Overrides of operands (biases) become new initializers under the old one's name where nobody
/// else reads that.
/// - Relu and Clip whose effect the range of the following pair implies are dropped; the tensor
/// before them is then
///   the one that is quantized.
/// Equal parameters share their scale and zero point initializers, whichever tensors have them.
Emitted emit_qdq(const Graph& graph, const plan::QuantPlan& plan, const plan::Target& target);

}  // namespace xquant::emit
