#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::simplify {

/// An operator with a constant weight and, perhaps, a constant bias, whose output channels can be
/// scaled and shifted by changing these constants alone.
struct LinearNode {
  NodeId id;
  ValueId weight;
  ValueId bias;               ///< kNone: no bias yet
  std::int64_t channels = 0;  ///< of the output
};

/// node as a LinearNode: a float Conv, ConvTranspose, or Gemm with alpha = beta = 1, transA = 0,
/// whose constants nobody else can feed. kNone as id when it is not one.
LinearNode as_linear(const Graph& graph, NodeId id);

/// The only reader of value, provided that nothing else sees the value; NodeId::kNone otherwise.
NodeId only_reader(const Graph& graph, ValueId value);

/// Replaces weight and bias so that the node computes scale[c] * y[c] + shift[c]. Sums in double,
/// one rounding. The constants that were there stay untouched for their other readers.
void scale_and_shift(Graph& graph, const LinearNode& linear, std::span<const double> scale,
                     std::span<const double> shift);

/// node disappears, and producer writes its output under the name that node gave it.
void absorb(Graph& graph, NodeId producer, NodeId node);

}  // namespace xquant::simplify
