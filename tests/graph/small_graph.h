#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace xquant {

/// A graph written down in a few lines, for tests. Values are float unless a type is given.
struct SmallGraph {
  Graph graph{};

  ValueId input(const std::string& name, const Shape& shape, DataType type = DataType::kFloat) {
    ValueType declared{.element = type, .shape = DeclaredShape{}};
    for (const std::int64_t dim : shape) declared.shape->emplace_back(dim);
    const ValueId id = graph.add_value(name, std::move(declared));
    graph.inputs.push_back(id);
    return id;
  }

  ValueId constant(const std::string& name, const Shape& shape, const std::vector<float>& values) {
    return graph.add_constant(name, Tensor::of<float>(shape, values));
  }

  ValueId integers(const std::string& name, const std::vector<std::int64_t>& values) {
    const Shape shape{static_cast<std::int64_t>(values.size())};
    return graph.add_constant(name, Tensor::of<std::int64_t>(shape, values));
  }

  /// A node called after its first result.
  std::vector<ValueId> node(const std::string& type, const std::vector<ValueId>& inputs,
                            const std::vector<std::string>& results, Attributes attributes = {}) {
    Node added{.name = results[0] + "_node",
               .op_type = type,
               .inputs = inputs,
               .attributes = std::move(attributes)};
    for (const std::string& name : results) {
      added.outputs.push_back(graph.add_value(name, {.element = DataType::kFloat}));
    }
    const std::vector<ValueId> outputs = added.outputs;
    graph.add_node(std::move(added));
    return outputs;
  }

  ValueId op(const std::string& type, const std::vector<ValueId>& inputs, const std::string& result,
             Attributes attributes = {}) {
    return node(type, inputs, {result}, std::move(attributes))[0];
  }

  void output(ValueId id) { graph.outputs.push_back(id); }

  ValueId operator[](const std::string& name) const { return graph.find_value(name); }
  /// The node that writes the value of that name.
  const Node& writer(const std::string& name) const {
    return graph.node(graph.value(graph.find_value(name)).producer);
  }
};

/// The types of a graph's nodes in topological order, each with a blank behind it.
inline std::string types_of(const Graph& graph) {
  std::string text;
  for (const NodeId id : graph.topological_order()) text += graph.node(id).op_type + " ";
  return text;
}

inline std::vector<float> floats(const Graph& graph, const std::string& name) {
  const auto values = graph.constant(graph.find_value(name))->data<float>();
  return {values.begin(), values.end()};
}

}  // namespace xquant
