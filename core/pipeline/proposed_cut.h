#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/target.h"

namespace xquant::pipeline {

/// What to paste so that the int8 part ends at these tensors, and at those that it takes besides to
/// cut the graph: "\"quantization_parameters\": {\"truncate_var_names\": [...]}". Empty when they
/// cut nothing.
std::string proposed_cut(const Graph& graph, std::vector<ValueId> tensors);

/// The same for a cut behind the last computing operators (Conv, MatMul), which leaves all If, Loop
/// and Scan behind it: non-maximum suppression as exporters spell it out. Empty when one of them
/// stands elsewhere.
std::string cut_before_control_flow(const Graph& graph, const plan::Target& target);

}  // namespace xquant::pipeline
