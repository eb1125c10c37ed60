#include "pipeline/rejoin.h"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace xquant::pipeline {
namespace {

void add_once(std::vector<ValueId>& list, ValueId value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

/// Removes the nodes for which `goes` says so, readers before what they read.
template <typename Goes>
void remove_nodes(Graph& graph, const Goes& goes) {
  std::vector<NodeId> order = graph.topological_order();
  std::reverse(order.begin(), order.end());
  for (const NodeId id : order) {
    if (goes(id)) graph.remove_node(id);
  }
}

bool same_constant(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && a.shape() == b.shape() && std::ranges::equal(a.bytes(), b.bytes());
}

class Joiner {
 public:
  Joiner(const Graph& head, const Graph& whole, const Cut& cut)
      : whole_(whole), cut_(cut), graph_(head) {}

  Graph join() {
    for (const NodeId id : whole_.topological_order()) {
      if (cut_.in_tail[index(id)]) add(whole_.node(id));
    }
    graph_.inputs = mapped(whole_.inputs);
    graph_.outputs = mapped(whole_.outputs);
    return graph_.compact();
  }

 private:
  std::vector<ValueId> mapped(const std::vector<ValueId>& values) {
    std::vector<ValueId> result;
    for (const ValueId value : values) result.push_back(find(value));
    return result;
  }

  void add(Node node) {
    for (const auto& [name, attribute] : node.attributes) bring_captured(attribute);
    for (ValueId& input : node.inputs) {
      if (input != ValueId::kNone) input = find(input);
    }
    for (ValueId& output : node.outputs) {
      if (output == ValueId::kNone) continue;
      const Value& value = whole_.value(output);
      make_way(value.name);
      output = graph_.add_value(value.name, value.type);
    }
    node.name = graph_.fresh_node_name(node.name);
    graph_.add_node(std::move(node));
  }

  /// Subgraphs refer to values around them by name.
  void bring_captured(const AttributeValue& attribute) {
    const auto bring = [&](const std::shared_ptr<const Graph>& subgraph) {
      for (const std::string& name : outer_references(*subgraph)) {
        const ValueId value = whole_.find_value(name);
        if (value != ValueId::kNone) find(value);
      }
    };
    if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&attribute)) bring(*one);
    if (const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute)) {
      for (const auto& subgraph : *many) bring(subgraph);
    }
  }

  void make_way(const std::string& name) {
    const ValueId other = graph_.find_value(name);
    if (other != ValueId::kNone) graph_.rename(other, graph_.fresh_value_name(name + "_head"));
  }

  /// The value of the joined graph that is a value of the whole; constants and inputs that the head
  /// does not have are added.
  ValueId find(ValueId value) {
    const Value& wanted = whole_.value(value);
    const ValueId found = graph_.find_value(wanted.name);
    const Tensor* constant = whole_.constant(value);
    if (constant == nullptr) {
      return found != ValueId::kNone ? found : graph_.add_value(wanted.name, wanted.type);
    }
    const Tensor* present = graph_.constant(found);
    if (present != nullptr && same_constant(*present, *constant)) return found;
    make_way(wanted.name);
    return graph_.add_constant(wanted.name, *constant);
  }

  const Graph& whole_;
  const Cut& cut_;
  Graph graph_;
};

}  // namespace

Graph head_of(const Graph& whole, const Cut& cut) {
  Graph head = whole;
  head.outputs = cut.tensors;
  for (const ValueId value : cut.crossing) add_once(head.outputs, value);
  for (const ValueId value : whole.outputs) {
    const NodeId producer = whole.value(value).producer;
    if (producer != NodeId::kNone && !cut.in_tail[index(producer)]) add_once(head.outputs, value);
  }
  remove_nodes(head, [&](NodeId id) { return cut.in_tail[index(id)]; });
  std::erase_if(head.inputs, [&](ValueId id) { return head.uses(id).empty(); });
  return head.compact();
}

Graph rejoin(const Graph& head, const Graph& whole, const Cut& cut) {
  return Joiner(head, whole, cut).join();
}

Graph tail_of(const Graph& whole, const Cut& cut) {
  Graph tail = whole;
  std::vector<ValueId> inputs;
  for (const NodeId id : whole.topological_order()) {
    if (!cut.in_tail[index(id)]) continue;
    for (const ValueId input : whole.node(id).inputs) {
      if (input == ValueId::kNone || whole.constant(input) != nullptr) continue;
      const NodeId producer = whole.value(input).producer;
      if (producer == NodeId::kNone || !cut.in_tail[index(producer)]) add_once(inputs, input);
    }
  }
  std::erase_if(tail.outputs, [&](ValueId value) {
    const NodeId producer = whole.value(value).producer;
    return producer == NodeId::kNone || !cut.in_tail[index(producer)];
  });
  remove_nodes(tail, [&](NodeId id) { return !cut.in_tail[index(id)]; });
  tail.inputs = std::move(inputs);
  return tail.compact();
}

}  // namespace xquant::pipeline
