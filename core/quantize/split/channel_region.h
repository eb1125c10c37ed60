#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

/// A constant that goes along the channels of a region: its axis has one index for each of them.
struct ChannelConstant {
  ValueId value;
  std::int64_t axis;
};

/// Tensors between products with constant weights that only element-wise operators connect, such as
/// the hidden layer of a feed-forward block. Their last axis holds the same channels, and nobody
/// else sees how many there are: a channel may be repeated when every product that reads it gets
/// its share of the weights.
struct ChannelRegion {
  std::int64_t channels = 0;
  std::vector<ValueId> tensors{};
  /// Columns of weights, biases, constants of element-wise operators: repeated with the channel.
  std::vector<ChannelConstant> producing{};
  /// Indices of QuantPlan::constants: weights whose rows are shared out.
  std::vector<std::size_t> reading{};
};

/// The region that the product with this constant operand reads; nullopt when an operator in it
/// mixes channels or is not known here, when a constant has other readers, or when the region
/// touches an input or output of the model.
std::optional<ChannelRegion> region_before(const Graph& graph, const Trace& trace,
                                           const plan::QuantPlan& plan, std::size_t constant);

/// The axis of the weight of MatMul or Gemm along which its data operand's channels lie.
std::int64_t input_axis(const Node& node);

}  // namespace xquant::quantize
