#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/columns/float_product.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

/// A MatMul with a constant weight [channels][columns] that reads a tensor which can be smoothed.
struct SmoothReader {
  NodeId node;
  ValueId weight;
  bool per_channel = false;   ///< the weight has a scale for each column
  bool power_of_two = false;  ///< its scales are powers of two
  /// Its columns are scaled by a Mul behind the product, as if they had any scales.
  std::optional<FloatProduct> scaled{};
};

/// How the channels of a tensor are divided.
enum class Divisor {
  kNormalization,  ///< in the scale and bias of the normalization that makes it
  kCopy,           ///< in those of a copy of it: others than the products read the result too
  kMul,            ///< by a Mul that stays float, behind an operator that stays float
};

/// A tensor whose last axis are channels that products with constant weights read.
struct SmoothSite {
  ValueId tensor;
  std::vector<SmoothReader> readers;
  std::size_t channels = 0;
  Divisor divisor = Divisor::kNormalization;
};

/// All of them, in topological order.
std::vector<SmoothSite> find_smooth_sites(const Graph& graph, const Trace& trace,
                                          const plan::QuantPlan& plan);

}  // namespace xquant::quantize
