#include "report/without.h"

#include <algorithm>

namespace xquant::report {

plan::QuantPlan without(plan::QuantPlan plan, const std::vector<NodeId>& nodes) {
  const auto is_theirs = [&](const auto& operand) {
    return std::ranges::find(nodes, operand.use.node) != nodes.end();
  };
  for (const NodeId node : nodes) plan.nodes[index(node)].quantized = false;
  std::erase_if(plan.constants, is_theirs);
  std::erase_if(plan.overrides, is_theirs);
  return plan;
}

}  // namespace xquant::report
