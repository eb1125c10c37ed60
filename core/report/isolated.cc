#include "report/isolated.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace xquant::report {
namespace {

bool holds_subgraph(const Node& node) {
  return std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second) ||
           std::holds_alternative<std::vector<std::shared_ptr<const Graph>>>(attribute.second);
  });
}

class Isolator {
 public:
  Isolator(const Graph& float_graph, const Graph& quantized,
           const std::map<std::string, std::string>& float_names)
      : quantized_(quantized) {
    result_.graph = float_graph;
    for (const auto& [name, counterpart] : float_names) float_name_[counterpart] = name;
  }

  Isolated isolate() {
    for (const NodeId id : quantized_.topological_order()) {
      const Node& node = quantized_.node(id);
      if (holds_subgraph(node)) continue;
      if (node.is("QuantizeLinear") && measure(node)) continue;
      copy(node);
    }
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  /// The float tensor that a pair carries: the one whose dequantized form the DequantizeLinear
  /// behind this QuantizeLinear writes. kNone when there is none.
  ValueId carried(const Node& quantize) {
    for (const Use& use : quantized_.uses(quantize.output(0))) {
      if (use.position == Graph::kSubgraphUse) continue;
      const Node& reader = quantized_.node(use.node);
      if (!reader.is("DequantizeLinear")) continue;
      const auto found = float_name_.find(quantized_.value(reader.output(0)).name);
      if (found != float_name_.end()) return graph().find_value(found->second);
    }
    return ValueId::kNone;
  }

  /// A pair on an activation: the readers get the float model's value quantized; what a unit wrote
  /// goes through a pair of its own, whose result is to be compared. Returns false when the node is
  /// not such a pair.
  bool measure(const Node& node) {
    const ValueId truth = carried(node);
    if (truth == ValueId::kNone) return false;
    const std::string name = graph().value(truth).name;
    const ValueId made = mapped(node.input(0));
    if (made != truth) {
      const ValueId integers = add_pair_half(node, made, name + "_alone_quantized");
      const ValueId restored = graph().add_value(graph().fresh_value_name(name + "_alone"));
      graph().add_node({.name = name + "_alone_DequantizeLinear",
                        .op_type = "DequantizeLinear",
                        .inputs = {integers, mapped(node.input(1)), mapped(node.input(2))},
                        .outputs = {restored},
                        .attributes = node.attributes});
      result_.results[name] = graph().value(restored).name;
    }
    map_[node.output(0)] = add_pair_half(node, truth, name + "_given_quantized");
    return true;
  }

  ValueId add_pair_half(const Node& node, ValueId input, const std::string& name) {
    const ValueId integers = graph().add_value(graph().fresh_value_name(name));
    graph().add_node({.name = name,
                      .op_type = "QuantizeLinear",
                      .inputs = {input, mapped(node.input(1)), mapped(node.input(2))},
                      .outputs = {integers},
                      .attributes = node.attributes});
    return integers;
  }

  void copy(const Node& node) {
    Node twin = node;
    twin.name += "_alone";
    for (ValueId& input : twin.inputs) input = mapped(input);
    for (ValueId& output : twin.outputs) {
      if (output == ValueId::kNone) continue;
      const ValueId mine =
          graph().add_value(graph().fresh_value_name(quantized_.value(output).name + "_copy"));
      map_[output] = mine;
      output = mine;
    }
    graph().add_node(std::move(twin));
  }

  /// The value of the isolated graph that stands for one of the quantized graph: a copy when there
  /// is one, a constant of its own, else the float model's value of the same name.
  ValueId mapped(ValueId value) {
    if (value == ValueId::kNone) return value;
    const auto found = map_.find(value);
    if (found != map_.end()) return found->second;
    const Value& original = quantized_.value(value);
    ValueId mine = ValueId::kNone;
    if (original.constant && !quantized_.is_input(value)) {
      mine = graph().add_constant(graph().fresh_value_name(original.name), *original.constant);
    } else {
      mine = graph().find_value(original.name);
      if (mine == ValueId::kNone) mine = graph().add_value(original.name, original.type);
    }
    map_[value] = mine;
    return mine;
  }

  const Graph& quantized_;
  std::map<std::string, std::string> float_name_;  ///< dequantized name -> float name
  std::map<ValueId, ValueId> map_;                 ///< quantized graph -> isolated graph
  Isolated result_;
};

}  // namespace

Isolated isolate(const Graph& float_graph, const Graph& quantized,
                 const std::map<std::string, std::string>& float_names) {
  return Isolator(float_graph, quantized, float_names).isolate();
}

}  // namespace xquant::report
