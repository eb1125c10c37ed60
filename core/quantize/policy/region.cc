#include "quantize/policy/region.h"

namespace xquant::quantize {
namespace {

/// Marks what `next` leads to, each node once. next(node, visit) visits neighbours.
template <typename Next>
std::vector<bool> reach(const Graph& graph, const std::vector<NodeId>& open, const Next& next) {
  std::vector<bool> seen(graph.node_count());
  std::vector<NodeId> found;
  const auto visit = [&](NodeId node) {
    if (node == NodeId::kNone || seen[index(node)]) return;
    seen[index(node)] = true;
    found.push_back(node);
  };
  for (const NodeId node : open) visit(node);
  while (!found.empty()) {
    const NodeId node = found.back();
    found.pop_back();
    next(node, visit);
  }
  return seen;
}

}  // namespace

std::vector<bool> nodes_behind(const Graph& graph, std::span<const ValueId> tensors) {
  std::vector<NodeId> open;
  for (const ValueId tensor : tensors) {
    for (const Use& use : graph.uses(tensor)) open.push_back(use.node);
  }
  return reach(graph, open, [&](NodeId node, const auto& visit) {
    for (const ValueId output : graph.node(node).outputs) {
      if (output == ValueId::kNone) continue;
      for (const Use& use : graph.uses(output)) visit(use.node);
    }
  });
}

std::vector<bool> nodes_before(const Graph& graph, std::span<const ValueId> tensors) {
  std::vector<NodeId> open;
  for (const ValueId tensor : tensors) open.push_back(graph.value(tensor).producer);
  return reach(graph, open, [&](NodeId node, const auto& visit) {
    for (const ValueId input : graph.node(node).inputs) {
      if (input != ValueId::kNone) visit(graph.value(input).producer);
    }
  });
}

std::vector<NodeId> nodes_between(const Graph& graph, std::span<const ValueId> first,
                                  std::span<const ValueId> last) {
  const std::vector<bool> behind = nodes_behind(graph, first);
  const std::vector<bool> before = nodes_before(graph, last);
  std::vector<NodeId> between;
  for (const NodeId node : graph.nodes()) {
    if (behind[index(node)] && before[index(node)]) between.push_back(node);
  }
  return between;
}

}  // namespace xquant::quantize
