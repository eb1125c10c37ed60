#pragma once

#include <string_view>

#include "graph/graph.h"
#include "runtime/program.h"

namespace xquant::simplify {

/// One rewrite: match + conditions + edit. apply() edits the graph wherever the pattern stands and
/// returns how many places it changed. A rewrite never changes what the graph computes for its
/// outputs, nor their names and order, beyond the rounding of folded constants.
struct Rewrite {
  std::string_view name;
  std::size_t (*apply)(Graph& graph, const runtime::OpsetImports& opsets);
};

/// Constant nodes become initializers (constant_node.cc).
extern const Rewrite kConstantNode;
/// Nodes whose operands are all constants are run once (constant_folding.cc).
extern const Rewrite kConstantFolding;
/// Identity, and Dropout as inference runs it, disappear (identity.cc).
extern const Rewrite kIdentity;
/// BatchNormalization behind Conv, ConvTranspose or Gemm goes into their weights
/// (batch_normalization.cc).
extern const Rewrite kBatchNormalization;
/// An Add of one constant for each channel behind Conv becomes its bias (conv_bias.cc).
extern const Rewrite kConvBias;

}  // namespace xquant::simplify
