#pragma once

#include <string>

#include "graph/graph.h"

namespace xquant::integer {

/// How far a Resize goes, for the int8 kernel: attributes "xq_scales" or "xq_sizes".
struct ResizePlan {
  Attributes extra{};
  std::string why_not{};  ///< in words, when there is no kernel for it
};

/// A Resize or Upsample, mode linear or cubic, by constants.
ResizePlan plan_resize(const Graph& graph, const Node& node, std::int64_t opset);

}  // namespace xquant::integer
