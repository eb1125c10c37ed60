#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::integer {

/// Weighted sums of elements at places that other operands say: GridSample, RoiAlign,
/// RotaryEmbedding.
bool is_sample(const Node& node);

/// The operands behind the first one, which may be codes or floats, kNone where absent.
struct SamplePlan {
  std::vector<ValueId> more{};
  std::string why_not{};
};

SamplePlan plan_sample(const Node& node);

}  // namespace xquant::integer
