#include "runtime/build_graph.h"

namespace xquant::runtime {

GraphBuilder& GraphBuilder::constant(const std::string& name, Tensor tensor) {
  graph_.add_constant(name, std::move(tensor));
  return *this;
}

ValueId GraphBuilder::value(const std::string& name) {
  if (name.empty()) return ValueId::kNone;
  const ValueId known = graph_.find_value(name);
  if (known != ValueId::kNone) return known;
  graph_.inputs.push_back(graph_.add_value(name));
  return graph_.inputs.back();
}

GraphBuilder& GraphBuilder::node(const std::string& op_type, const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs, Attributes attributes,
                                 const std::string& domain) {
  Node node{.name = outputs.at(0), .op_type = op_type, .domain = domain};
  node.attributes = std::move(attributes);
  for (const std::string& name : inputs) node.inputs.push_back(value(name));
  for (const auto& [attribute, held] : node.attributes) {
    const auto* subgraph = std::get_if<std::shared_ptr<const Graph>>(&held);
    if (subgraph == nullptr) continue;
    for (const std::string& name : outer_references(**subgraph)) value(name);
  }
  for (const std::string& name : outputs) {
    node.outputs.push_back(name.empty() ? ValueId::kNone : graph_.add_value(name));
  }
  graph_.add_node(std::move(node));
  return *this;
}

Graph GraphBuilder::build(const std::vector<std::string>& outputs) {
  for (const std::string& name : outputs) graph_.outputs.push_back(graph_.find_value(name));
  return std::move(graph_);
}

}  // namespace xquant::runtime
