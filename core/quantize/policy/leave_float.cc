#include "quantize/policy/leave_float.h"

#include <algorithm>
#include <utility>

#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

bool is_int8_anywhere(const Graph& graph, const plan::QuantPlan& plan, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  if (producer != NodeId::kNone && plan.node(producer).quantized) return true;
  const auto& uses = graph.uses(value);
  return std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
    return use.position != Graph::kSubgraphUse && plan.node(use.node).quantized &&
           carries_value(graph.node(use.node), use.position);
  });
}

/// Members that nobody needs as int8 leave; a group without its root goes as a whole, as what
/// follows its root does.
void drop_idle_groups(const Graph& graph, plan::QuantPlan& plan) {
  const std::vector<plan::Group> groups = std::exchange(plan.groups, {});
  plan.group_of.clear();
  for (const plan::Group& group : groups) {
    plan::Group left = group;
    std::erase_if(left.members,
                  [&](ValueId member) { return !is_int8_anywhere(graph, plan, member); });
    if (std::find(left.members.begin(), left.members.end(), left.root) == left.members.end()) {
      continue;
    }
    for (const ValueId member : left.members) {
      plan.group_of[member] = static_cast<plan::GroupId>(plan.groups.size());
    }
    plan.groups.push_back(std::move(left));
  }
}

}  // namespace

void leave_float(const Graph& graph, const std::vector<bool>& nodes, const std::string& reason,
                 plan::QuantPlan& plan) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    if (nodes[i] && plan.nodes[i].quantized) plan.nodes[i] = {.reason = reason};
  }
  std::erase_if(plan.constants, [&](const plan::ConstantOperand& operand) {
    return nodes[index(operand.use.node)];
  });
  std::erase_if(plan.inner, [&](const auto& link) {
    const NodeId producer = graph.value(link.first).producer;
    return producer != NodeId::kNone && nodes[index(producer)];
  });
  drop_idle_groups(graph, plan);
}

}  // namespace xquant::quantize
