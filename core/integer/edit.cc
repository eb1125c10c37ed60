#include "integer/edit.h"

#include <utility>

namespace xquant::integer {

namespace {

template <typename T>
Tensor tensor_of(Shape shape, const std::vector<std::int32_t>& values) {
  return Tensor::of<T>(std::move(shape), std::vector<T>(values.begin(), values.end()));
}

}  // namespace

Tensor coded_tensor(DataType type, Shape shape, const std::vector<std::int32_t>& values) {
  switch (type) {
    case DataType::kUint8:
      return tensor_of<std::uint8_t>(std::move(shape), values);
    case DataType::kInt16:
      return tensor_of<std::int16_t>(std::move(shape), values);
    case DataType::kUint16:
      return tensor_of<std::uint16_t>(std::move(shape), values);
    default:
      return tensor_of<std::int8_t>(std::move(shape), values);
  }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): see the header
ParamIds add_params(Graph& graph, std::string name, const Linear& linear) {
  const Shape shape =
      linear.per_tensor() ? Shape{} : Shape{static_cast<std::int64_t>(linear.scales.size())};
  return {graph.add_constant(graph.fresh_value_name(name + "_scale"),
                             Tensor::of<float>(shape, linear.scales)),
          graph.add_constant(graph.fresh_value_name(name + "_zero_point"),
                             coded_tensor(linear.type, shape, linear.zero_points))};
}

ValueId fresh_value(Graph& graph, const std::string& name, DataType type) {
  return graph.add_value(graph.fresh_value_name(name), {.element = type});
}

const Node* only_quantize(const Graph& graph, ValueId value) {
  const std::vector<Use>& uses = graph.uses(value);
  if (uses.size() != 1 || graph.is_output(value) || uses[0].position != 0) return nullptr;
  const Node& node = graph.node(uses[0].node);
  return node.is("QuantizeLinear") ? &node : nullptr;
}

bool is_constant_pad(const Node& node) {
  return node.is("Pad") && node.string_or("mode", "constant") == "constant";
}

void set_pad_fill(Graph& graph, NodeId id, Tensor fill) {
  const ValueId value =
      graph.add_constant(graph.fresh_value_name(graph.node(id).name + "_fill"), std::move(fill));
  if (graph.node(id).inputs.size() >= 3) {
    graph.set_input(id, 2, value);
    return;
  }
  Node pad = graph.node(id);  // operands are wired when a node is added
  graph.remove_node(id);
  pad.inputs.resize(3, value);
  graph.add_node(std::move(pad));
}

void add_dequantize(Graph& graph, const std::string& name, ValueId quantized, ParamIds params,
                    ValueId result, std::int64_t axis) {
  Node node{.name = graph.fresh_node_name(name + "_DequantizeLinear"),
            .op_type = "DequantizeLinear",
            .inputs = {quantized, params.scale},
            .outputs = {result}};
  if (params.zero_point != ValueId::kNone) node.inputs.push_back(params.zero_point);
  if (axis >= 0) node.attributes["axis"] = axis;
  graph.add_node(std::move(node));
}

}  // namespace xquant::integer
