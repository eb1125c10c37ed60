#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// sqrt(variance(x) + epsilon), or its inverse, as a normalization computes it.
struct Deviation {
  ValueId value;  ///< the tensor that holds it
  int power = 1;  ///< 1: the deviation; -1: its inverse
  ValueId x;      ///< what is normalized
  ValueId mean;   ///< of x over axes; kNone: the mean of squares was taken without centring
  std::vector<std::int64_t> axes;
  double count = 0;  ///< elements that the axes have according to a division by it; 0: not stated
  float epsilon = 0;
};

/// Recognises Sqrt and Pow nodes that compute a deviation: ReduceMean of Pow(d, 2) or Mul(d, d)
/// with d = x - ReduceMean(x) (PyTorch, Paddle, Keras), mean(x^2) - mean(x)^2 (Flax), or mean(x^2)
/// alone (RMSNorm). A mean may also be a sum that is divided, and be brought back to the rank of x
/// by Reshape and Expand (jax2tf).
std::optional<Deviation> as_deviation(const Graph& graph, NodeId id);

}  // namespace xquant::simplify
