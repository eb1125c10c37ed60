#include "integer/excerpt.h"

#include <map>

namespace xquant::integer {
namespace {

class Excerpt {
 public:
  explicit Excerpt(const Graph& graph) : graph_(graph) {}

  void add_input(ValueId value) {
    const Value& original = graph_.value(value);
    const ValueId input = excerpt_.add_value(original.name, original.type);
    excerpt_.inputs.push_back(input);
    copies_[value] = input;
  }

  /// By the number of nodes at most as deep as the graph.
  ValueId copy(ValueId value) {
    if (value == ValueId::kNone) return value;
    if (const auto found = copies_.find(value); found != copies_.end()) return found->second;
    const Value& original = graph_.value(value);
    if (original.constant) {
      copies_[value] = excerpt_.add_constant(original.name, *original.constant);
    } else if (original.producer == NodeId::kNone) {
      add_input(value);
    } else {
      copy_node(graph_.node(original.producer));
    }
    return copies_.at(value);
  }

  Graph finish(std::span<const ValueId> outputs) {
    for (const ValueId output : outputs) excerpt_.outputs.push_back(copy(output));
    return std::move(excerpt_);
  }

 private:
  void copy_node(Node node) {
    for (ValueId& input : node.inputs) input = copy(input);
    for (ValueId& output : node.outputs) {
      if (output == ValueId::kNone) continue;
      const Value& original = graph_.value(output);
      const ValueId made = copies_.contains(output)
                               ? excerpt_.add_value("", original.type)  // an input of the excerpt
                               : excerpt_.add_value(original.name, original.type);
      copies_.try_emplace(output, made);
      output = made;
    }
    excerpt_.add_node(std::move(node));
  }

  const Graph& graph_;
  Graph excerpt_;
  std::map<ValueId, ValueId> copies_;
};

}  // namespace

Graph excerpt(const Graph& graph, std::span<const ValueId> inputs,
              std::span<const ValueId> outputs) {
  Excerpt excerpt(graph);
  for (const ValueId input : inputs) excerpt.add_input(input);
  return excerpt.finish(outputs);
}

}  // namespace xquant::integer
