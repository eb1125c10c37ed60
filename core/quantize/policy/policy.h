#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/policy/node_settings.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

/// What the user asked to keep float.
struct Exclusions {
  std::vector<std::string> op_types{};
  std::vector<std::string> op_names{};  ///< globs with * and ?
};

/// Decides which nodes and tensors become int8 and which tensors share a scale; fills in no
/// numbers.
///
/// A node is quantized when its type is in the target's list, it works on float tensors, and it is
/// a computing operator or reads a result of a quantized node: what stands before the first
/// computing operator, or behind a float operator, stays float, with the reason in its NodePlan.
/// Each group's calibration rule is that of the quantized node that writes its root, or of a node
/// that reads it, preferably inside a region of its own settings.
plan::QuantPlan make_plan(const Graph& graph, const Trace& trace, const plan::Target& target,
                          const Exclusions& exclusions, const Settings& settings = {});

/// The entries of the exclusions that no node matches, types first.
std::vector<std::string> unmatched(const Graph& graph, const Exclusions& exclusions);

/// The target with the user's weight scheme in place of its own for Gemm, MatMul and ConvTranspose.
plan::Target with_weight_scheme(plan::Target target, config::WeightScheme scheme);

}  // namespace xquant::quantize
