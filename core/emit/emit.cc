#include "emit/emit.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "emit/absorbed_activation.h"
#include "quantize/params.h"
#include "quantize/policy/operands.h"

namespace xquant::emit {
namespace {

class Emitter {
 public:
  Emitter(const Graph& graph, const plan::QuantPlan& plan, const plan::Target& target)
      : plan_(plan), target_(target), source_(graph), graph_(graph) {
    for (const NodeId id : graph.nodes()) node_names_.insert(graph.node(id).name);
  }

  Emitted emit() {
    absorb_activations();
    for (std::size_t i = 0; i < plan_.constants.size(); ++i) {
      cancellation_point();
      emit_constant(plan_.constants[i]);
    }
    for (const plan::OperandOverride& operand : plan_.overrides) emit_override(operand);
    for (const plan::Group& group : plan_.groups) {
      for (const ValueId member : group.members) {
        if (member == group.root || wants_own_pair(member)) emit_activation(group, member);
      }
    }
    name_survivors();
    return {graph_.compact(), std::move(float_names_)};
  }

 private:
  struct ParamIds {
    ValueId scale;
    ValueId zero_point;
  };
  /// Per channel or not, scales, zero points.
  using ParamKey = std::tuple<bool, std::vector<float>, std::vector<std::int8_t>>;

  /// Drops Relu and Clip inside units: the tensor before them takes their place in front of the
  /// pair.
  void absorb_activations() {
    for (const NodeId id : source_.topological_order()) {
      const Node& node = source_.node(id);
      if (!plan_.node(id).quantized || !plan_.inner.contains(node.input(0))) continue;
      const plan::Group* group = plan_.find_group(node.output(0));
      if (group == nullptr || !is_implied_by_range(source_, node, group->params)) continue;
      absorbed_[node.output(0)] = node.input(0);
      graph_.remove_node(id);
    }
  }

  bool wants_own_pair(ValueId member) const {
    if (target_.pass_through_qdq == plan::PassThroughQdq::kAlways) return true;
    const NodeId producer = source_.value(member).producer;
    if (producer != NodeId::kNone && source_.node(producer).is("Split")) return true;
    return source_.uses(member).size() > 1;
  }

  /// The initializers of these parameters, named after the first tensor that needs them.
  ParamIds param_ids(const std::string& name, const plan::QuantParams& params) {
    const ParamKey key{params.per_channel(), params.scales, params.zero_points};
    const auto found = param_ids_.find(key);
    return found != param_ids_.end()
               ? found->second
               : param_ids_.emplace(key, add_params(name, params)).first->second;
  }

  ParamIds add_params(const std::string& name, const plan::QuantParams& params) {
    const Shape shape =
        params.per_channel() ? Shape{static_cast<std::int64_t>(params.scales.size())} : Shape{};
    return {graph_.add_constant(graph_.fresh_value_name(name + "_scale"),
                                Tensor::of<float>(shape, params.scales)),
            graph_.add_constant(graph_.fresh_value_name(name + "_zero_point"),
                                Tensor::of<std::int8_t>(shape, params.zero_points))};
  }

  ParamIds group_params(const plan::Group& group) {
    return param_ids(source_.value(group.root).name, group.params);
  }

  std::string node_name(const std::string& wanted) {
    std::string name = wanted;
    for (int suffix = 1; !node_names_.insert(name).second; ++suffix) {
      name = wanted + "_" + std::to_string(suffix);
    }
    return name;
  }

  /// A new value of the edited graph with the declared shape of another one of it.
  ValueId declared_like(ValueId value, const std::string& name, DataType type) {
    return graph_.add_value(graph_.fresh_value_name(name),
                            {.element = type, .shape = graph_.value(value).type.shape});
  }

  void add_pair(const std::string& tensor, ValueId input, const ParamIds& params, ValueId output) {
    const ValueId quantized = declared_like(input, tensor + "_quantized", DataType::kInt8);
    graph_.add_node({.name = node_name(tensor + "_QuantizeLinear"),
                     .op_type = "QuantizeLinear",
                     .inputs = {input, params.scale, params.zero_point},
                     .outputs = {quantized}});
    graph_.add_node({.name = node_name(tensor + "_DequantizeLinear"),
                     .op_type = "DequantizeLinear",
                     .inputs = {quantized, params.scale, params.zero_point},
                     .outputs = {output}});
  }

  void emit_activation(const plan::Group& group, ValueId value) {
    const NodeId producer = source_.value(value).producer;
    const bool from_int8 = producer != NodeId::kNone && plan_.node(producer).quantized;
    if (from_int8) {
      emit_result(group, value, producer);
    } else {
      emit_incoming(group, value);
    }
  }

  void emit_result(const plan::Group& group, ValueId value, NodeId producer) {
    const std::string name = source_.value(value).name;
    const ParamIds params = group_params(group);
    const auto absorbed = absorbed_.find(value);
    if (absorbed != absorbed_.end()) {
      add_pair(name, absorbed->second, params, value);
      return;
    }
    const ValueId raw = declared_like(value, name + "_float", DataType::kFloat);
    const auto& outputs = source_.node(producer).outputs;
    const auto position = std::find(outputs.begin(), outputs.end(), value) - outputs.begin();
    graph_.set_output(producer, static_cast<std::size_t>(position), raw);
    add_pair(name, raw, params, value);
  }

  void emit_incoming(const plan::Group& group, ValueId value) {
    const std::string name = source_.value(value).name;
    const ParamIds params = group_params(group);
    const ValueId dequantized = declared_like(value, name + "_dequantized", DataType::kFloat);
    const std::vector<Use> readers = source_.uses(value);
    add_pair(name, value, params, dequantized);
    for (const Use& use : readers) {
      if (takes_int8(use)) graph_.set_input(use.node, use.position, dequantized);
    }
    float_names_[name] = graph_.value(dequantized).name;
  }

  /// Whether the operand is one that the int8 operator reads quantized: bounds, biases and shapes
  /// stay as they are.
  bool takes_int8(const Use& use) const {
    return use.position != Graph::kSubgraphUse && plan_.node(use.node).quantized &&
           quantize::carries_value(source_.node(use.node), use.position);
  }

  void emit_constant(const plan::ConstantOperand& operand) {
    for (const auto& [other, dequantized] : constants_) {
      if (is_same_form(*other, operand)) {
        graph_.set_input(operand.use.node, operand.use.position, dequantized);
        return;
      }
    }
    const Tensor& tensor = *source_.constant(operand.value);
    const std::string name = source_.value(operand.value).name;
    if (is_only_form(operand))
      graph_.rename(operand.value, graph_.fresh_value_name(name + "_float"));
    const ValueId quantized = graph_.add_constant(
        graph_.fresh_value_name(is_only_form(operand) ? name : name + "_quantized"),
        quantize::quantize_operand(operand, tensor));
    const ParamIds params = param_ids(name, operand.params);
    const ValueId dequantized =
        declared_like(operand.value, name + "_dequantized", DataType::kFloat);
    Attributes attributes;
    if (operand.params.per_channel()) attributes["axis"] = operand.params.axis;
    graph_.add_node({.name = node_name(name + "_DequantizeLinear"),
                     .op_type = "DequantizeLinear",
                     .inputs = {quantized, params.scale, params.zero_point},
                     .outputs = {dequantized},
                     .attributes = std::move(attributes)});
    graph_.set_input(operand.use.node, operand.use.position, dequantized);
    constants_.emplace_back(&operand, dequantized);
    float_names_[name] = graph_.value(dequantized).name;
  }

  /// Whether two readers of a constant take the same integers with the same parameters.
  static bool is_same_form(const plan::ConstantOperand& a, const plan::ConstantOperand& b) {
    return a.value == b.value && a.params == b.params && a.rounded == b.rounded;
  }

  void emit_override(const plan::OperandOverride& operand) {
    const auto [node, position] = operand.use;
    const ValueId replaced = source_.node(node).input(position);
    const bool exists = replaced != ValueId::kNone;
    const std::string name =
        exists ? source_.value(replaced).name : source_.node(node).name + "_bias";
    if (exists && source_.uses(replaced).size() == 1 && !source_.is_output(replaced)) {
      graph_.rename(replaced, graph_.fresh_value_name(name + "_float"));
    }
    graph_.set_input(node, position,
                     graph_.add_constant(graph_.fresh_value_name(name), operand.value));
  }

  /// Whether every reader of the constant takes it with these parameters, so that no float copy
  /// stays.
  bool is_only_form(const plan::ConstantOperand& operand) const {
    const auto& uses = source_.uses(operand.value);
    const auto covered = std::count_if(
        plan_.constants.begin(), plan_.constants.end(),
        [&](const plan::ConstantOperand& other) { return is_same_form(other, operand); });
    return static_cast<std::size_t>(covered) == uses.size() && !source_.is_output(operand.value);
  }

  void name_survivors() {
    for (std::size_t i = 0; i < source_.value_count(); ++i) {
      const std::string& name = source_.value(static_cast<ValueId>(i)).name;
      float_names_.try_emplace(name, name);
    }
  }

  const plan::QuantPlan& plan_;
  const plan::Target& target_;
  const Graph& source_;
  Graph graph_;
  std::set<std::string> node_names_;
  std::map<ValueId, ValueId> absorbed_;  ///< result of a dropped activation -> its operand
  std::map<ParamKey, ParamIds> param_ids_;
  std::vector<std::pair<const plan::ConstantOperand*, ValueId>> constants_;
  std::map<std::string, std::string> float_names_;
};

}  // namespace

Emitted emit_qdq(const Graph& graph, const plan::QuantPlan& plan, const plan::Target& target) {
  return Emitter(graph, plan, target).emit();
}

}  // namespace xquant::emit
