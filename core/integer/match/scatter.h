#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/match/operand.h"

namespace xquant::integer {

/// What puts elements into another tensor or among zeros: Scatter with a reduction (one without
/// moves elements), MaxUnpool, Col2Im, CenterCropPad, Trilu.
bool is_scatter(const Node& node);

struct ScatterPlan {
  std::vector<Operand> activations{};  ///< the elements, and what they are put into unless it is 0
  ValueId indices = ValueId::kNone;    ///< of Scatter and MaxUnpool
  Attributes extra{};                  ///< kernels/places.h
  std::string why_not{};
};

ScatterPlan plan_scatter(const Graph& graph, const Node& node);

}  // namespace xquant::integer
