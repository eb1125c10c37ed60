#include "integer/match/fuse.h"

#include <algorithm>

#include "integer/fused.h"

namespace xquant::integer {

std::vector<std::string> changing(const Graph& graph, const std::vector<Operand>& operands) {
  std::vector<std::string> names;
  for (const Operand& operand : operands) {
    const std::string& name = graph.value(operand.quantized).name;
    if (operand.constant == nullptr && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  return names;
}

FusedNode::FusedNode(Graph& graph, NodeId op, std::string type) : graph_(graph), op_(op) {
  const Node& node = graph.node(op);
  node_ = {.name = node.name,
           .op_type = std::move(type),
           .domain = std::string(kDomain),
           .attributes = node.attributes};
}

void FusedNode::add(const Operand& operand) {
  const ParamIds params = add_params(graph_, graph_.value(operand.quantized).name, *operand.linear);
  node_.inputs.insert(node_.inputs.end(), {operand.quantized, params.scale, params.zero_point});
}

void FusedNode::add_constant(const std::string& suffix, Tensor tensor) {
  const ValueId value =
      graph_.add_constant(graph_.fresh_value_name(node_.name + suffix), std::move(tensor));
  node_.inputs.insert(node_.inputs.end(), {value, ValueId::kNone, ValueId::kNone});
}

void FusedNode::add_absent() { node_.inputs.insert(node_.inputs.end(), 3, ValueId::kNone); }

void FusedNode::add_plain(ValueId tensor) {
  node_.inputs.insert(node_.inputs.end(), {tensor, ValueId::kNone, ValueId::kNone});
}

void FusedNode::add_steps(const Stage& steps) { write_stage(steps, node_.attributes); }

void FusedNode::set(const std::string& attribute, AttributeValue value) {
  node_.attributes[attribute] = std::move(value);
}

void FusedNode::finish(const Result& result) {
  ValueId written = graph_.node(op_).output(0);
  ParamIds params;
  if (result.quantize != NodeId::kNone) {
    written = graph_.node(result.quantize).output(0);
    params = add_params(graph_, graph_.value(written).name, *result.linear);
    node_.attributes[std::string(kLow)] = std::int64_t{result.low};
    node_.attributes[std::string(kHigh)] = std::int64_t{result.high};
    if (!result.stage.steps.empty()) write_stage(result.stage, node_.attributes);
    graph_.remove_node(result.quantize);
    for (const NodeId activation : result.activations) graph_.remove_node(activation);
  }
  graph_.remove_node(op_);
  node_.inputs.insert(node_.inputs.end(), {params.scale, params.zero_point});
  node_.outputs = {written};
  graph_.add_node(std::move(node_));
}

void FusedNode::write(ValueId quantized, const Linear& linear) {
  const ParamIds params = add_params(graph_, graph_.value(quantized).name, linear);
  node_.name = graph_.fresh_node_name(node_.name + "_quantized");
  node_.inputs.insert(node_.inputs.end(), {params.scale, params.zero_point});
  node_.outputs = {quantized};
  graph_.add_node(std::move(node_));
}

}  // namespace xquant::integer
