#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/equalize/channel_classes.h"

namespace xquant::quantize {

/// A weight with one scale for the whole tensor, of an operator that takes scales of channels in
/// and gives them out. Scaled channels widen and narrow its rows and columns, as they do
/// activations.
struct CoarseWeight {
  NodeId node;
  std::size_t constant;  ///< of the plan
  WeightAxes axes;
};
std::vector<CoarseWeight> coarse_weights(const Graph& graph, const Trace& trace,
                                         const plan::QuantPlan& plan);

/// Largest magnitudes of the channels that an operator with a coarse weight reads or writes.
struct WeightExtents {
  const std::vector<std::int32_t>* classes;  ///< by channel
  std::vector<float> extents;                ///< by channel
  bool taken_in;  ///< channels read: what divides them multiplies the weight
};
std::vector<WeightExtents> weight_extents(const Graph& graph, const ChannelClasses& classes,
                                          const std::vector<CoarseWeight>& weights);

/// Puts what int8 makes of the weights in their place.
void round_weights(const plan::QuantPlan& plan, const std::vector<CoarseWeight>& weights,
                   Graph& graph);

}  // namespace xquant::quantize
