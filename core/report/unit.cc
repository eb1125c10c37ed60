#include "report/unit.h"

#include <algorithm>

namespace xquant::report {

std::vector<NodeId> unit_of(const Graph& graph, const plan::QuantPlan& plan, ValueId result) {
  std::vector<NodeId> nodes;
  const auto add_producer = [&](ValueId value) {
    if (value == ValueId::kNone) return;
    const NodeId producer = graph.value(value).producer;
    if (producer != NodeId::kNone) nodes.push_back(producer);
  };
  for (const auto& [inner, of] : plan.inner) {
    if (of == result) add_producer(inner);
  }
  add_producer(result);
  std::ranges::sort(nodes);
  const auto repeated = std::ranges::unique(nodes);
  nodes.erase(repeated.begin(), repeated.end());
  return nodes;
}

}  // namespace xquant::report
