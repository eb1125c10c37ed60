#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "integer/edit.h"
#include "integer/match/result.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

const Node* dequantize_of(const Graph& graph, ValueId value) {
  if (value == ValueId::kNone) return nullptr;
  const NodeId producer = graph.value(value).producer;
  if (producer == NodeId::kNone) return nullptr;
  const Node& node = graph.node(producer);
  return node.is("DequantizeLinear") ? &node : nullptr;
}

/// Pads of other dimensions than the one with the scales, with what is 0 in all of them.
bool pads_all_channels_alike(const Graph& graph, const Node& pad, const Linear& linear) {
  const Tensor* amounts = pad.input(1) == ValueId::kNone ? nullptr : graph.constant(pad.input(1));
  if (amounts == nullptr || amounts->type() != DataType::kInt64 || pad.input(3) != ValueId::kNone)
    return false;
  const auto values = amounts->data<std::int64_t>();
  const std::size_t rank = values.size() / 2, axis = static_cast<std::size_t>(linear.axis);
  if (axis >= rank || values[axis] != 0 || values[rank + axis] != 0) return false;
  if (pad.string_or("mode", "constant") != "constant") return true;
  const Tensor* fill = pad.input(2) == ValueId::kNone ? nullptr : graph.constant(pad.input(2));
  const bool is_zero =
      pad.input(2) == ValueId::kNone || (fill != nullptr && fill->type() == DataType::kFloat &&
                                         fill->size() == 1 && fill->data<float>()[0] == 0.0F);
  return is_zero && linear.one_zero_point();
}

/// Transpose carries an axis along, Pad may leave it alone; the others want one scale.
bool keeps_parameters(const Graph& graph, const Node& node, const Linear& linear) {
  if (!linear.is_coded()) return false;
  if (linear.per_tensor() || node.is("Transpose")) return true;
  return node.is("Pad") && pads_all_channels_alike(graph, node, linear);
}

std::int64_t axis_after(const Node& node, const Linear& linear) {
  if (linear.per_tensor() || !node.is("Transpose")) return linear.axis;
  const std::vector<std::int64_t> perm = node.ints_or("perm", {});
  const auto found = std::find(perm.begin(), perm.end(), linear.axis);
  return found - perm.begin();
}

/// Quantized form of the constant that Pad fills with; nullopt when there is none that is exact.
std::optional<std::int32_t> quantized_fill(const Graph& graph, const Node& pad,
                                           const Linear& linear) {
  const ValueId operand = pad.input(2);
  if (operand == ValueId::kNone) return linear.zero_points[0];
  const Tensor* fill = graph.constant(operand);
  if (fill == nullptr || fill->type() != DataType::kFloat || fill->size() != 1) return {};
  const float value = fill->data<float>()[0];
  const std::int32_t q = quantized(value, linear);
  const float back = static_cast<float>(q - linear.zero_points[0]) * linear.scales[0];
  if (back != value) return {};
  return q;
}

/// Whether the movement gives the same on q: what it fills in has to be a q, too.
bool commutes(const Graph& graph, const Node& node, const Linear& linear) {
  if (!is_movement(node)) return false;
  if (node.is("Resize")) {
    return node.string_or("mode", "nearest") == "nearest" &&
           node.string_or("coordinate_transformation_mode", "half_pixel") != "tf_crop_and_resize";
  }
  if (node.is("Upsample")) return node.string_or("mode", "nearest") == "nearest";
  if (node.is("Pad")) {
    if (node.input(1) == ValueId::kNone) return false;  // before opset 11
    return !is_constant_pad(node) || quantized_fill(graph, node, linear);
  }
  if (node.is("MaxPool")) return node.output(1) == ValueId::kNone;
  if (node.is("Transpose") && !linear.per_tensor()) return node.has("perm");
  return true;
}

void set_fill(Graph& graph, NodeId id, const Linear& linear) {
  if (!is_constant_pad(graph.node(id))) return;
  set_pad_fill(graph, id,
               coded_tensor(linear.type, {}, {*quantized_fill(graph, graph.node(id), linear)}));
}

/// The movement writes int8, a DequantizeLinear behind it what it wrote before.
void dequantize_results(Graph& graph, NodeId id, const Linear& linear, ParamIds params) {
  const std::vector<ValueId> outputs = graph.node(id).outputs;
  const std::string name = graph.node(id).name;
  const std::int64_t axis = axis_after(graph.node(id), linear);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == ValueId::kNone) continue;
    if (i > 0 && graph.node(id).is("TopK")) break;  // indices
    const ValueId moved =
        fresh_value(graph, graph.value(outputs[i]).name + "_quantized", linear.type);
    graph.set_output(id, i, moved);
    add_dequantize(graph, name, moved, params, outputs[i], axis);
  }
}

void sink(Graph& graph, NodeId id) {
  const Node* dequantize = dequantize_of(graph, graph.node(id).input(0));
  if (dequantize == nullptr) return;
  const std::optional<Linear> linear = read_linear(graph, *dequantize);
  if (!linear || !keeps_parameters(graph, graph.node(id), *linear) ||
      !commutes(graph, graph.node(id), *linear)) {
    return;
  }
  const ParamIds params{dequantize->input(1), dequantize->input(2)};
  graph.set_input(id, 0, dequantize->input(0));
  dequantize_results(graph, id, *linear, params);
  set_fill(graph, id, *linear);
}

/// The operands whose elements a Concat or Scatter puts together; empty: another operator.
std::vector<std::size_t> united_operands(const Node& node) {
  if (node.is("ScatterND") || node.is("ScatterElements")) return {0, 2};
  std::vector<std::size_t> all(node.is("Concat") ? node.inputs.size() : 0);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// Quantized values as the result is: each operand's own, or one requantized to it. from: nullopt
/// for a float constant.
ValueId as_result(Graph& graph, ValueId operand, const std::optional<Linear>& from,
                  const Linear& to, const Node& quantize, const std::string& name) {
  if (from == to) return dequantize_of(graph, operand)->input(0);
  const ValueId requantized =
      fresh_value(graph, graph.value(operand).name + "_requantized", to.type);
  graph.add_node({.name = graph.fresh_node_name(name + "_requantize"),
                  .op_type = "QuantizeLinear",
                  .inputs = {operand, quantize.input(1), quantize.input(2)},
                  .outputs = {requantized}});
  return requantized;
}

/// How an operand is quantized, nullopt for a float constant; nothing for another one.
std::optional<std::optional<Linear>> united_linear(const Graph& graph, ValueId input) {
  if (input == ValueId::kNone) return {};
  if (const Tensor* constant = graph.constant(input); constant != nullptr && !graph.is_input(input))
    return constant->type() == DataType::kFloat ? std::optional(std::optional<Linear>())
                                                : std::nullopt;
  const Node* dequantize = dequantize_of(graph, input);
  auto linear = dequantize != nullptr ? read_linear(graph, *dequantize) : std::nullopt;
  if (!linear || !linear->per_tensor() || !linear->is_coded()) return {};
  return linear;
}

void sink_united(Graph& graph, NodeId id, const std::vector<std::size_t>& positions) {
  const Node node = graph.node(id);
  std::vector<std::optional<Linear>> operands;
  for (const std::size_t position : positions) {
    const auto linear = united_linear(graph, node.input(position));
    if (!linear) return;
    operands.push_back(*linear);
  }
  const auto is_first = [&](const auto& linear) { return linear && linear == operands[0]; };
  if (!operands.empty() && std::all_of(operands.begin(), operands.end(), is_first)) {
    const Node first = *dequantize_of(graph, node.inputs[0]);
    for (const std::size_t position : positions)
      graph.set_input(id, position, dequantize_of(graph, node.inputs[position])->input(0));
    dequantize_results(graph, id, *operands[0], {first.input(1), first.input(2)});
    return;
  }
  const bool has_codes = std::any_of(operands.begin(), operands.end(),
                                     [](const auto& linear) { return linear.has_value(); });
  const Node* found = only_quantize(graph, node.output(0));
  if (found == nullptr || !has_codes) return;
  const Node quantize = *found;
  const std::optional<Linear> result = read_linear(graph, quantize);
  if (!result || !result->per_tensor() || !result->is_coded()) return;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::string name = node.name + "_" + std::to_string(i);
    graph.set_input(
        id, positions[i],
        as_result(graph, node.inputs[positions[i]], operands[i], *result, quantize, name));
  }
  graph.remove_node(graph.value(quantize.output(0)).producer);
  graph.set_output(id, 0, quantize.output(0));
}

}  // namespace

void sink_dequantize(Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const std::vector<std::size_t> united = united_operands(graph.node(id));
    if (united.empty())
      sink(graph, id);
    else if (is_movement(graph.node(id)))
      sink_united(graph, id, united);
  }
}

}  // namespace xquant::integer::rewrite
