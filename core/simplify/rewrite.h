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
/// Shape of a tensor that always has the same one becomes a constant (static_shapes.cc).
extern const Rewrite kStaticShapes;
/// The branch that an If with a constant condition takes replaces it (constant_condition.cc).
extern const Rewrite kConstantCondition;
/// Elements of sequences whose places are known become Slice, Gather or the value itself, joined
/// sequences Concat (sequences.cc).
extern const Rewrite kSequences;
/// Identity, and Dropout as inference runs it, disappear (identity.cc).
extern const Rewrite kIdentity;
/// BatchNormalization behind Conv, ConvTranspose or Gemm goes into their weights
/// (batch_normalization.cc).
extern const Rewrite kBatchNormalization;
/// Add, Sub, Mul, Div with one constant for each channel behind Conv, ConvTranspose or Gemm go into
/// their weights and bias (channel_arithmetic.cc).
extern const Rewrite kChannelArithmetic;
/// Arithmetic with constants in front of Conv goes into its weights and bias
/// (arithmetic_before_conv.cc).
extern const Rewrite kArithmeticBeforeConv;
/// A constant added behind Conv and Squeeze moves in front of Squeeze (squeezed_bias.cc).
extern const Rewrite kSqueezedBias;
/// Of nodes that compute the same one stays (common_subexpression.cc).
extern const Rewrite kCommonSubexpression;
/// Adding 0, multiplying by 1, casting to the own type and the like disappear (no_op.cc).
extern const Rewrite kNoOp;
/// Transpose after Transpose, Reshape after Reshape (consecutive_shapes.cc).
extern const Rewrite kConsecutiveShapes;
/// Decomposed LayerNormalization and RMSNormalization become one node (layer_normalization.cc).
extern const Rewrite kLayerNormalization;
/// Decomposed Gelu, with erf or tanh, becomes one node (gelu.cc).
extern const Rewrite kGelu;
/// Decomposed Softmax becomes one node (softmax.cc).
extern const Rewrite kSoftmax;
/// Decomposed HardSwish, and HardSigmoid with slope 1/6, become one node (hard_swish.cc).
extern const Rewrite kHardSwish;
/// LeakyRelu and PRelu written as two halves become one node (leaky_relu.cc).
extern const Rewrite kLeakyRelu;
/// A Pad that Conv or MaxPool can do themselves goes into their pads (padding.cc).
extern const Rewrite kPadding;

}  // namespace xquant::simplify
