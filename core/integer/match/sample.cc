#include "integer/match/sample.h"

namespace xquant::integer {

bool is_sample(const Node& node) {
  return node.is("GridSample") || node.is("RoiAlign") || node.is("MaxRoiPool") ||
         node.is("RotaryEmbedding");
}

}  // namespace xquant::integer
