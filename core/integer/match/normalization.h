#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::integer {

/// LayerNormalization, RMSNormalization, InstanceNormalization, GroupNormalization and what ONNX
/// Runtime calls SimplifiedLayerNormalization.
bool is_normalization(const Node& node);

struct NormalizationPlan {
  std::vector<Tensor> reals{};  ///< scale and bias
  std::string why_not{};
};

NormalizationPlan plan_normalization(const Graph& graph, const Node& node);

}  // namespace xquant::integer
