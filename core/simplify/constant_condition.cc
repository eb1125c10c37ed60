#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

using Branch = std::shared_ptr<const Graph>;

/// The branch that an If with a constant condition takes; nullptr when it is not one.
Branch taken_branch(const Graph& graph, const Node& node) {
  if (!node.is("If")) return nullptr;
  const Tensor* condition = graph.constant(node.input(0));
  if (condition == nullptr || graph.is_input(node.input(0))) return nullptr;
  if (condition->type() != DataType::kBool || condition->size() != 1) return nullptr;
  const auto* branch = node.find(condition->data<bool>()[0] ? "then_branch" : "else_branch");
  const auto* held = branch == nullptr ? nullptr : std::get_if<Branch>(branch);
  return held == nullptr ? nullptr : *held;
}

/// Names inside nested subgraphs cannot be changed here, so a branch that holds some stays.
bool has_subgraphs(const Graph& branch) {
  const auto nodes = branch.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
    const Attributes& attributes = branch.node(id).attributes;
    return std::any_of(attributes.begin(), attributes.end(), [](const auto& attribute) {
      return std::holds_alternative<Branch>(attribute.second) ||
             std::holds_alternative<std::vector<Branch>>(attribute.second);
    });
  });
}

/// Puts the nodes of a branch in the place of its If.
class Inlining {
 public:
  Inlining(Graph& graph, const Graph& branch) : graph_(graph), branch_(branch) {}

  void run(NodeId id) {
    const Node node = graph_.node(id);
    graph_.remove_node(id);
    for (std::size_t i = 0; i < branch_.outputs.size(); ++i) {
      const ValueId inner = branch_.outputs[i], outer = node.output(i);
      if (outer == ValueId::kNone) continue;
      const bool computed = branch_.value(inner).producer != NodeId::kNone;
      if (!computed || !given_.emplace(inner, outer).second) copies_.emplace_back(inner, outer);
    }
    for (const NodeId inner : branch_.topological_order()) add(branch_.node(inner), node.name);
    for (const auto& [inner, outer] : copies_) {
      graph_.add_node({.name = graph_.fresh_node_name(node.name + "_copy"),
                       .op_type = "Identity",
                       .inputs = {mapped(inner)},
                       .outputs = {outer}});
    }
  }

 private:
  void add(Node node, const std::string& prefix) {
    for (ValueId& input : node.inputs) input = mapped(input);
    for (ValueId& output : node.outputs) output = mapped(output);
    node.name = graph_.fresh_node_name(node.name.empty() ? prefix + "_" + node.op_type : node.name);
    graph_.add_node(std::move(node));
  }

  ValueId mapped(ValueId inner) {
    if (inner == ValueId::kNone) return inner;
    const auto known = given_.find(inner);
    if (known != given_.end()) return known->second;
    const Value& value = branch_.value(inner);
    ValueId outer = ValueId::kNone;
    if (value.constant)
      outer = graph_.add_constant(graph_.fresh_value_name(value.name), *value.constant);
    else if (value.producer != NodeId::kNone)
      outer = graph_.add_value(graph_.fresh_value_name(value.name), value.type);
    else
      outer = graph_.find_value(value.name);
    given_.emplace(inner, outer);
    return outer;
  }

  Graph& graph_;
  const Graph& branch_;
  std::map<ValueId, ValueId> given_;
  std::vector<std::pair<ValueId, ValueId>> copies_;
};

std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.topological_order()) {
    const Branch branch = taken_branch(graph, graph.node(id));
    if (branch == nullptr || has_subgraphs(*branch)) continue;
    Inlining(graph, *branch).run(id);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kConstantCondition = {"constant condition", apply};

}  // namespace xquant::simplify
