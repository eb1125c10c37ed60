#include "convert/half_precision.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/half_precision.h"

namespace xquant::convert {
namespace {

using runtime::is_half;
using Subgraph = std::shared_ptr<const Graph>;

/// Attributes of ONNX operators that name an element type.
constexpr std::array<std::string_view, 3> kTypeAttributes = {"to", "dtype", "output_datatype"};

/// Subgraphs are shared and never edited in place: each becomes what edit makes of a copy.
template <typename Edit>
void edit_subgraphs(AttributeValue& attribute, const Edit& edit) {
  const auto edited = [&](const Subgraph& subgraph) {
    auto copy = std::make_shared<Graph>(*subgraph);
    edit(*copy);
    return copy;
  };
  if (auto* one = std::get_if<Subgraph>(&attribute)) *one = edited(*one);
  if (auto* many = std::get_if<std::vector<Subgraph>>(&attribute)) {
    for (Subgraph& subgraph : *many) subgraph = edited(subgraph);
  }
}

class Widening {
 public:
  /// Whether there was anything to widen.
  bool run(Graph& graph) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      Value& value = graph.value(static_cast<ValueId>(i));
      if (value.constant && widen(*value.constant)) ++constants_;
      if (is_half(value.type.element)) {
        value.type.element = DataType::kFloat;
        found_ = true;
      }
    }
    for (const NodeId id : graph.nodes()) {
      for (auto& [name, attribute] : graph.node(id).attributes) widen_attribute(name, attribute);
    }
    return found_;
  }
  std::size_t constants() const { return constants_; }

 private:
  bool widen(Tensor& tensor) {
    if (!is_half(tensor.type())) return false;
    tensor = runtime::widened(tensor);
    return found_ = true;
  }

  void widen_attribute(std::string_view name, AttributeValue& attribute) {
    if (auto* tensor = std::get_if<Tensor>(&attribute)) constants_ += widen(*tensor) ? 1 : 0;
    if (auto* type = std::get_if<std::int64_t>(&attribute)) {
      if (std::ranges::find(kTypeAttributes, name) != kTypeAttributes.end() &&
          is_half(static_cast<DataType>(*type))) {
        *type = static_cast<std::int64_t>(DataType::kFloat);
        found_ = true;
      }
    }
    edit_subgraphs(attribute, [this](Graph& subgraph) { run(subgraph); });
  }

  bool found_ = false;
  std::size_t constants_ = 0;
};

/// A Cast of float to float disappears. One that writes an output of the model leaves the output's
/// name to what it read, where that name is free to go.
void remove_idle_casts(Graph& graph) {
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    const ValueId from = node.input(0);
    const ValueId to = node.output(0);
    if (!node.is("Cast") || from == ValueId::kNone || to == ValueId::kNone) continue;
    const auto target = static_cast<DataType>(node.int_or("to", 0));
    if (target != DataType::kFloat || graph.value(from).type.element != target) continue;
    if (!graph.is_output(to)) {
      if (graph.is_read_by_subgraph(to)) continue;
      graph.replace_uses(to, from);
      graph.remove_node(id);
      continue;
    }
    const NodeId producer = graph.value(from).producer;
    if (producer == NodeId::kNone || graph.is_output(from) || graph.is_read_by_subgraph(from))
      continue;
    graph.remove_node(id);
    const std::vector<ValueId>& results = graph.node(producer).outputs;
    const auto position = std::ranges::find(results, from) - results.begin();
    graph.replace_uses(from, to);
    graph.set_output(producer, static_cast<std::size_t>(position), to);
  }
}

std::vector<HalfValue> half_values(const Graph& graph, const std::vector<ValueId>& boundary) {
  std::vector<HalfValue> found;
  for (const ValueId id : boundary) {
    const Value& value = graph.value(id);
    if (is_half(value.type.element)) found.push_back({value.name, value.type.element});
  }
  return found;
}

/// In subgraphs values of the graph around them are known by name.
void rename_captured(Graph& subgraph, const std::string& from, const std::string& to) {
  const ValueId id = subgraph.find_value(from);
  if (id != ValueId::kNone) {
    const Value& value = subgraph.value(id);
    if (value.producer != NodeId::kNone || value.constant || subgraph.is_input(id)) return;
    subgraph.rename(id, to);
  }
  for (const NodeId node : subgraph.nodes()) {
    for (auto& [name, attribute] : subgraph.node(node).attributes)
      edit_subgraphs(attribute, [&](Graph& inner) { rename_captured(inner, from, to); });
  }
}

/// Renames the value, also where subgraphs read it, and returns a new one that has its name.
ValueId take_name(Graph& graph, ValueId id, DataType type) {
  const std::string name = graph.value(id).name;
  const std::string other = graph.fresh_value_name(name + "_float32");
  graph.rename(id, other);
  for (const NodeId node : graph.nodes()) {
    for (auto& [key, attribute] : graph.node(node).attributes)
      edit_subgraphs(attribute, [&](Graph& subgraph) { rename_captured(subgraph, name, other); });
  }
  ValueType declared = graph.value(id).type;
  declared.element = type;
  return graph.add_value(name, std::move(declared));
}

void add_cast(Graph& graph, ValueId from, ValueId to, DataType type) {
  graph.add_node({.name = graph.fresh_node_name(graph.value(to).name + "_Cast"),
                  .op_type = "Cast",
                  .inputs = {from},
                  .outputs = {to},
                  .attributes = {{"to", static_cast<std::int64_t>(type)}}});
}

}  // namespace

std::optional<WidenedModel> widen_half_precision(Graph& graph) {
  WidenedModel widened{.inputs = half_values(graph, graph.inputs),
                       .outputs = half_values(graph, graph.outputs)};
  Widening widening;
  if (!widening.run(graph)) return std::nullopt;
  widened.constants = widening.constants();
  remove_idle_casts(graph);
  return widened;
}

void restore_interface(Graph& graph, const WidenedModel& widened) {
  for (const auto& [name, type] : widened.inputs) {
    const auto place = std::ranges::find(graph.inputs, graph.find_value(name));
    if (place == graph.inputs.end()) continue;
    const ValueId inner = *place;
    const ValueId input = take_name(graph, inner, type);
    *place = input;
    std::ranges::replace(graph.outputs, inner, input);  // handed through as it is
    add_cast(graph, input, inner, DataType::kFloat);
  }
  for (const auto& [name, type] : widened.outputs) {
    const auto place = std::ranges::find(graph.outputs, graph.find_value(name));
    if (place == graph.outputs.end() || graph.value(*place).type.element == type) continue;
    const ValueId inner = *place;
    const ValueId output = take_name(graph, inner, type);
    *place = output;
    add_cast(graph, inner, output, type);
  }
}

}  // namespace xquant::convert
