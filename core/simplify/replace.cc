#include "simplify/replace.h"

#include <algorithm>
#include <utility>

namespace xquant::simplify {
namespace {

bool is_unread(const Graph& graph, ValueId value) {
  return value == ValueId::kNone || (graph.uses(value).empty() && !graph.is_output(value));
}

}  // namespace

std::vector<ValueId> followers(const Graph& graph, ValueId from,
                               const std::vector<std::string_view>& types, int steps) {
  std::vector<ValueId> found;
  std::vector<ValueId> frontier{from};
  for (int step = 0; step < steps && !frontier.empty(); ++step) {
    std::vector<ValueId> next;
    for (const ValueId value : frontier) {
      for (const Use& use : graph.uses(value)) {
        if (use.position == Graph::kSubgraphUse) continue;
        const Node& node = graph.node(use.node);
        const bool wanted = std::any_of(types.begin(), types.end(),
                                        [&](std::string_view type) { return node.is(type); });
        const ValueId result = node.output(0);
        if (!wanted || result == ValueId::kNone) continue;
        if (std::find(found.begin(), found.end(), result) != found.end()) continue;
        found.push_back(result);
        next.push_back(result);
      }
    }
    frontier = std::move(next);
  }
  return found;
}

NodeId replace_writer(Graph& graph, ValueId value, std::string op_type, std::vector<ValueId> inputs,
                      Attributes attributes) {
  const NodeId old = graph.value(value).producer;
  const std::string name = graph.node(old).name;
  const std::vector<ValueId> operands = graph.node(old).inputs;
  graph.remove_node(old);
  const NodeId added = graph.add_node({.name = name,
                                       .op_type = std::move(op_type),
                                       .inputs = std::move(inputs),
                                       .outputs = {value},
                                       .attributes = std::move(attributes)});
  remove_unread(graph, operands);
  return added;
}

void remove_unread(Graph& graph, std::vector<ValueId> values) {
  while (!values.empty()) {
    const ValueId value = values.back();
    values.pop_back();
    if (!is_unread(graph, value) || value == ValueId::kNone) continue;
    const NodeId id = graph.value(value).producer;
    if (id == NodeId::kNone) continue;
    const Node& node = graph.node(id);
    const bool dead = std::all_of(node.outputs.begin(), node.outputs.end(),
                                  [&](ValueId output) { return is_unread(graph, output); });
    if (!dead) continue;
    const std::vector<ValueId> operands = node.inputs;
    graph.remove_node(id);
    values.insert(values.end(), operands.begin(), operands.end());
  }
}

}  // namespace xquant::simplify
