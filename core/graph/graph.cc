#include "graph/graph.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

namespace xquant {
namespace {

Error name_taken(const std::string& name) {
  return Error(ErrorKind::kModel, "XQ-GRA-002", "Two values have the name '" + name + "'.",
               {.tensor = name}, "Every value of a graph needs a name of its own.");
}

std::vector<std::shared_ptr<const Graph>> subgraphs(const Node& node) {
  std::vector<std::shared_ptr<const Graph>> found;
  for (const auto& [name, value] : node.attributes) {
    if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&value)) found.push_back(*one);
    if (const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&value)) {
      found.insert(found.end(), many->begin(), many->end());
    }
  }
  return found;
}

template <typename Taken>
std::string fresh(std::string_view wanted, std::string_view fallback, const Taken& taken) {
  std::string base(wanted.empty() ? fallback : wanted);
  if (!taken(base)) return base;
  // Suffixes in use are 1, 2, ... up to some number, as a rule: doubling and halving find its end
  // in few steps.
  const auto candidate = [&](std::size_t suffix) { return base + "_" + std::to_string(suffix); };
  std::size_t free = 1;
  while (taken(candidate(free))) free *= 2;
  for (std::size_t step = free / 4; step > 0; step /= 2) {
    if (!taken(candidate(free - step))) free -= step;
  }
  return candidate(free);
}

void collect_outer(const Graph& graph, std::vector<std::string>& names,
                   std::set<std::string>& seen) {
  const auto add = [&](const std::string& name) {
    if (seen.insert(name).second) names.push_back(name);
  };
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = graph.value(id);
    const bool defined = value.producer != NodeId::kNone || value.constant || graph.is_input(id);
    if (!defined && (!graph.uses(id).empty() || graph.is_output(id))) add(value.name);
  }
  for (const NodeId id : graph.nodes()) {
    for (const auto& subgraph : subgraphs(graph.node(id))) {
      for (const std::string& name : outer_references(*subgraph)) {
        if (graph.find_value(name) == ValueId::kNone) add(name);
      }
    }
  }
}

}  // namespace

std::vector<std::string> outer_references(const Graph& subgraph) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  collect_outer(subgraph, names, seen);
  return names;
}

// ---- values

ValueId Graph::add_value(std::string name, ValueType type) {
  if (name.empty()) name = fresh_value_name("value");
  const auto id = static_cast<ValueId>(values_.size());
  if (!by_name_.emplace(name, id).second) throw name_taken(name);
  values_.push_back({std::move(name), std::move(type)});
  uses_.emplace_back();
  return id;
}

ValueId Graph::add_constant(std::string name, Tensor tensor) {
  ValueType type{.element = tensor.type(), .shape = DeclaredShape{}};
  for (const std::int64_t dim : tensor.shape()) type.shape->emplace_back(dim);
  const ValueId id = add_value(std::move(name), std::move(type));
  value(id).constant = std::move(tensor);
  return id;
}

ValueId Graph::find_value(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? ValueId::kNone : found->second;
}

void Graph::rename(ValueId id, std::string name) {
  if (value(id).name == name) return;
  if (!by_name_.emplace(name, id).second) throw name_taken(name);
  by_name_.erase(value(id).name);
  value(id).name = std::move(name);
}

std::string Graph::fresh_value_name(std::string_view wanted) const {
  return fresh(wanted, "value",
               [this](const std::string& name) { return by_name_.contains(name); });
}

std::string Graph::fresh_node_name(std::string_view wanted) const {
  return fresh(wanted, "node", [this](const std::string& name) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (alive_[i] && nodes_[i].name == name) return true;
    }
    return false;
  });
}

const Tensor* Graph::constant(ValueId id) const {
  if (id == ValueId::kNone || !value(id).constant) return nullptr;
  return &*value(id).constant;
}

// ---- nodes

NodeId Graph::add_node(Node added) {
  const auto id = static_cast<NodeId>(nodes_.size());
  for (const ValueId output : added.outputs) {
    if (output == ValueId::kNone) continue;
    if (value(output).producer != NodeId::kNone || value(output).constant) {
      throw Error(ErrorKind::kModel, "XQ-GRA-003",
                  "Two nodes write the value '" + value(output).name + "'.",
                  {.node = added.name, .tensor = value(output).name},
                  "A graph is in single-assignment form: give one of the results another name.");
    }
    value(output).producer = id;
  }
  for (std::size_t i = 0; i < added.inputs.size(); ++i) {
    if (added.inputs[i] != ValueId::kNone) uses_[index(added.inputs[i])].push_back({id, i});
  }
  for (const auto& subgraph : subgraphs(added)) {
    for (const std::string& name : outer_references(*subgraph)) {
      const ValueId read = find_value(name);
      if (read != ValueId::kNone) uses_[index(read)].push_back({id, kSubgraphUse});
    }
  }
  nodes_.push_back(std::move(added));
  alive_.push_back(true);
  return id;
}

void Graph::remove_node(NodeId id) {
  if (!alive(id)) return;
  alive_[index(id)] = false;
  for (const ValueId output : node(id).outputs) {
    if (output != ValueId::kNone && value(output).producer == id) {
      value(output).producer = NodeId::kNone;
    }
  }
  const auto mine = [id](const Use& use) { return use.node == id; };
  for (const ValueId input : node(id).inputs) {
    if (input != ValueId::kNone) std::erase_if(uses_[index(input)], mine);
  }
  for (const auto& subgraph : subgraphs(node(id))) {
    for (const std::string& name : outer_references(*subgraph)) {
      const ValueId read = find_value(name);
      if (read != ValueId::kNone) std::erase_if(uses_[index(read)], mine);
    }
  }
}

// ---- edges

void Graph::set_input(NodeId id, std::size_t position, ValueId input) {
  Node& edited = node(id);
  if (edited.inputs.size() <= position) edited.inputs.resize(position + 1, ValueId::kNone);
  const ValueId before = edited.inputs[position];
  if (before == input) return;
  const Use use{id, position};
  if (before != ValueId::kNone) std::erase(uses_[index(before)], use);
  edited.inputs[position] = input;
  if (input != ValueId::kNone) uses_[index(input)].push_back(use);
}

void Graph::set_output(NodeId id, std::size_t position, ValueId output) {
  Node& edited = node(id);
  if (edited.outputs.size() <= position) edited.outputs.resize(position + 1, ValueId::kNone);
  const ValueId before = edited.outputs[position];
  if (before == output) return;
  if (before != ValueId::kNone) value(before).producer = NodeId::kNone;
  edited.outputs[position] = output;
  if (output != ValueId::kNone) value(output).producer = id;
}

bool Graph::is_read_by_subgraph(ValueId id) const {
  return std::ranges::any_of(uses(id), [](const Use& use) { return use.position == kSubgraphUse; });
}

void Graph::replace_uses(ValueId from, ValueId to) {
  const std::vector<Use> readers = uses(from);
  for (const Use& use : readers) {
    if (use.position != kSubgraphUse) set_input(use.node, use.position, to);
  }
}

// ---- boundary

bool Graph::is_output(ValueId id) const {
  return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

bool Graph::is_input(ValueId id) const {
  return std::find(inputs.begin(), inputs.end(), id) != inputs.end();
}

// ---- whole graph

std::vector<NodeId> Graph::nodes() const {
  std::vector<NodeId> live;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (alive_[i]) live.push_back(static_cast<NodeId>(i));
  }
  return live;
}

std::vector<NodeId> Graph::topological_order() const {
  std::vector<std::size_t> waiting(nodes_.size(), 0);
  const auto for_each_reader = [&](NodeId id, const auto& visit) {
    for (const ValueId output : node(id).outputs) {
      if (output == ValueId::kNone) continue;
      for (const Use& use : uses(output)) visit(use.node);
    }
  };
  const std::vector<NodeId> live = nodes();
  for (const NodeId id : live)
    for_each_reader(id, [&](NodeId reader) { ++waiting[index(reader)]; });
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (const NodeId id : live) {
    if (waiting[index(id)] == 0) ready.push(id);
  }
  std::vector<NodeId> order;
  order.reserve(live.size());
  while (!ready.empty()) {
    const NodeId id = ready.top();
    ready.pop();
    order.push_back(id);
    for_each_reader(id, [&](NodeId reader) {
      if (--waiting[index(reader)] == 0) ready.push(reader);
    });
  }
  if (order.size() != live.size()) {
    const auto stuck =
        std::find_if(live.begin(), live.end(), [&](NodeId id) { return waiting[index(id)] != 0; });
    throw Error(ErrorKind::kModel, "XQ-GRA-004",
                "Topological Sort failed. Some operation can not be sorted (might due to circular "
                "reference).",
                {.node = node(*stuck).name}, "The graph must not contain a cycle.");
  }
  return order;
}

std::size_t Graph::remove_dead() {
  std::size_t removed = 0;
  std::vector<NodeId> order = topological_order();
  std::reverse(order.begin(), order.end());
  for (const NodeId id : order) {
    const auto& results = node(id).outputs;
    const bool needed = std::any_of(results.begin(), results.end(), [&](ValueId output) {
      return output != ValueId::kNone && (!uses(output).empty() || is_output(output));
    });
    if (needed) continue;
    remove_node(id);
    ++removed;
  }
  return removed;
}

Graph Graph::compact() const {
  Graph copy;
  copy.name = name;
  copy.doc = doc;
  copy.opaque = opaque;
  std::vector<ValueId> moved(values_.size(), ValueId::kNone);
  const auto move_value = [&](ValueId id) {
    if (id == ValueId::kNone) return id;
    ValueId& target = moved[index(id)];
    if (target == ValueId::kNone) {
      target = copy.add_value(value(id).name, value(id).type);
      Value& added = copy.value(target);
      added.constant = value(id).constant;
      added.doc = value(id).doc;
      added.opaque = value(id).opaque;
    }
    return target;
  };
  for (const ValueId id : inputs) copy.inputs.push_back(move_value(id));
  // Constants that only a subgraph reads have no operand position, so all live values move before
  // the nodes.
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (!uses(id).empty() || is_output(id)) move_value(id);
  }
  for (const NodeId id : topological_order()) {
    Node moved_node = node(id);
    for (ValueId& input : moved_node.inputs) input = move_value(input);
    for (ValueId& output : moved_node.outputs) output = move_value(output);
    copy.add_node(std::move(moved_node));
  }
  for (const ValueId id : outputs) copy.outputs.push_back(move_value(id));
  return copy;
}

}  // namespace xquant
