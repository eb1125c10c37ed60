#include "runtime/control_flow/control_flow.h"

#include <algorithm>

namespace xquant::runtime {

std::unique_ptr<ControlFlow> make_if(const ControlSetup& setup);
std::unique_ptr<ControlFlow> make_loop(const ControlSetup& setup);
std::unique_ptr<ControlFlow> make_scan(const ControlSetup& setup);

ControlFactory find_control_flow(std::string_view domain, std::string_view op_type) {
  if (!domain.empty() && domain != "ai.onnx") return nullptr;
  if (op_type == "If") return make_if;
  if (op_type == "Loop") return make_loop;
  if (op_type == "Scan") return make_scan;
  return nullptr;
}

std::vector<const Graph*> subgraphs_of(const Node& node) {
  std::vector<const Graph*> found;
  for (const auto& [name, value] : node.attributes) {
    if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&value))
      found.push_back(one->get());
    if (const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&value)) {
      for (const auto& graph : *many) found.push_back(graph.get());
    }
  }
  return found;
}

std::vector<ValueId> captured_values(const Graph& graph, const Node& node) {
  std::vector<ValueId> values;
  for (const Graph* subgraph : subgraphs_of(node)) {
    for (const std::string& name : outer_references(*subgraph)) {
      const ValueId id = graph.find_value(name);
      if (id == ValueId::kNone) {
        throw Error(ErrorKind::kModel, "XQ-RT-004", "No node and no input gives this value.",
                    Place{.node = node.name, .tensor = name});
      }
      if (std::ranges::find(values, id) == values.end()) values.push_back(id);
    }
  }
  return values;
}

namespace {

/// Declared types of a subgraph's inputs are left out: those of loops may change from one
/// iteration to the next, and files often hold what held for one input shape.
Subgraph compile_subgraph(const Graph& outer, std::span<const ValueId> captured,
                          std::size_t first_captured, const Graph& graph,
                          const OpsetImports& imports) {
  Graph copy = graph;
  Subgraph result;
  result.own_inputs = copy.inputs.size();
  for (const ValueId input : copy.inputs) copy.value(input).type = {};
  for (const ValueId output : copy.outputs) result.declared.push_back(copy.value(output).type);
  for (const std::string& name : outer_references(graph)) {
    ValueId inner = copy.find_value(name);
    if (inner == ValueId::kNone) inner = copy.add_value(name);
    const ValueId id = outer.find_value(name);
    if (const Tensor* constant = outer.constant(id)) {
      copy.value(inner).constant = *constant;
      continue;
    }
    copy.inputs.push_back(inner);
    const auto at = std::ranges::find(captured, id) - captured.begin();
    result.captured.push_back(first_captured + static_cast<std::size_t>(at));
  }
  result.program = Program::compile(copy, imports);
  return result;
}

}  // namespace

std::unique_ptr<ControlFlow> make_control_flow(const Graph& graph, const Node& node,
                                               const OpsetImports& imports, std::int64_t opset) {
  const std::vector<ValueId> captured = captured_values(graph, node);
  const auto subgraph = [&](std::string_view attribute) {
    const AttributeValue* value = node.find(attribute);
    const auto* held =
        value == nullptr ? nullptr : std::get_if<std::shared_ptr<const Graph>>(value);
    if (held == nullptr) refuse("The attribute " + std::string(attribute) + " is missing.");
    return compile_subgraph(graph, captured, node.inputs.size(), **held, imports);
  };
  return find_control_flow(node.domain, node.op_type)({node, opset, subgraph});
}

}  // namespace xquant::runtime
