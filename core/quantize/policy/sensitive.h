#pragma once

#include <map>
#include <string>

#include "graph/graph.h"
#include "plan/target.h"

namespace xquant::quantize {

/// Operators that stay float at every precision level, because eight bits would ruin what they
/// compute, or would be undone at once. Node -> why, in words for the report.
/// - Arithmetic between a product and a float Softmax (scale, mask, position bias): a mask's -10^9
///   or -3.4e38 would become the scale, and Softmax wants floats anyway.
/// - Arithmetic with a mask elsewhere: an operand that is made of a constant of that kind.
/// - The deviation of a normalization that simplification did not recognise: squares and their
///   means span more than eight bits, and what divides by them follows.
/// - The spectrogram at the front of an audio model, up to its logarithm (`spectrogram`).
std::map<NodeId, std::string> sensitive_nodes(const Graph& graph, const plan::Target& target);

/// Whether a constant's value stands for minus (or plus) infinity: no weight, bias or embedding is
/// that large.
bool is_mask_like(float value);

}  // namespace xquant::quantize
