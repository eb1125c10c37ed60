#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"
#include "plan/target.h"

namespace xquant::quantize {

/// Results that stay inside a unit of operators which the target runs as one: inner tensor -> the
/// result that follows it in the unit. A chain (MatMul -> Add -> Relu) has one entry for each link.
using Units = std::map<ValueId, ValueId>;

/// Finds the units among quantized nodes (quantized is indexed by NodeId). Inside a unit nothing
/// else may read the inner tensors, and they are no graph outputs.
Units find_units(const Graph& graph, const plan::Target& target,
                 const std::vector<bool>& quantized);

/// Whether node is the gate or the product of x * Sigmoid(x) or x * HardSigmoid(x) behind a
/// computing operator, where the target runs all of it as one.
bool is_in_fused_gate(const Graph& graph, const plan::Target& target, const Node& node);

/// The last tensor of value's unit; value itself when it is not inside one.
ValueId unit_result(const Units& units, ValueId value);

}  // namespace xquant::quantize
