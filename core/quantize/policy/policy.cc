#include "quantize/policy/policy.h"

#include <algorithm>
#include <cmath>

#include "quantize/params.h"
#include "quantize/policy/known_range.h"
#include "quantize/policy/operands.h"
#include "quantize/policy/precision.h"
#include "quantize/policy/sensitive.h"
#include "quantize/policy/units.h"

namespace xquant::quantize {
namespace {

using plan::ConstantOperand;
using plan::GroupId;
using plan::NodePlan;
using plan::QuantPlan;

class Policy {
 public:
  Policy(const Graph& graph, const Trace& trace, const plan::Target& target,
         const Exclusions& exclusions, const Settings& settings)
      : graph_(graph),
        trace_(trace),
        target_(target),
        exclusions_(exclusions),
        settings_(settings),
        sensitive_(sensitive_nodes(graph, target)) {}

  QuantPlan make() {
    const std::vector<NodeId> order = graph_.topological_order();
    plan_.nodes.resize(graph_.node_count());
    for (const NodeId id : order) plan_.nodes[index(id)] = classify(id);
    release_movements(order);
    std::vector<bool> quantized(graph_.node_count());
    for (const NodeId id : order) quantized[index(id)] = plan_.node(id).quantized;
    plan_.inner = find_units(graph_, target_, quantized);
    for (const NodeId id : order) {
      if (quantized[index(id)]) plan_operands(id);
    }
    for (plan::Group& group : plan_.groups) group.known = known_range_of(group);
    return std::move(plan_);
  }

 private:
  NodePlan classify(NodeId id) const {
    const Node& node = graph_.node(id);
    const auto stays_float = [](std::string why) { return NodePlan{.reason = std::move(why)}; };
    if (const std::string why = exclusion(node); !why.empty()) return stays_float(why);
    if (const auto found = settings_.stays_float.find(id); found != settings_.stays_float.end()) {
      return stays_float(found->second);
    }
    if (!node.domain.empty() || !target_.quantizable.contains(node.op_type)) {
      return stays_float("the target '" + target_.name + "' has no int8 operator of this type");
    }
    const bool computing = target_.computing.contains(node.op_type);
    if (!is_float(trace_, node.output(0)) || !has_float_operands(node)) {
      return stays_float("it does not work on float tensors");
    }
    if (has_mask_constant(node)) {
      return stays_float("a constant operand holds infinite or mask-like values");
    }
    if (const auto found = sensitive_.find(id); found != sensitive_.end()) {
      return stays_float(found->second);
    }
    const config::PrecisionLevel precision = settings_.of(id).precision;
    if (std::string why = float_by_precision(graph_, node, precision, target_); !why.empty()) {
      return stays_float(std::move(why));
    }
    if (!computing && !follows_quantized(node)) {
      return stays_float("no operand comes from an int8 operator");
    }
    return {.quantized = true, .pass_through = target_.pass_through.contains(node.op_type)};
  }

  std::string exclusion(const Node& node) const {
    const auto& types = exclusions_.op_types;
    if (std::find(types.begin(), types.end(), node.op_type) != types.end()) {
      return "its type is listed in ignore_op_types";
    }
    const auto matches = [&](const std::string& glob) { return matches_glob(glob, node.name); };
    const auto& names = exclusions_.op_names;
    const auto found = std::find_if(names.begin(), names.end(), matches);
    return found == names.end() ? "" : "its name matches '" + *found + "' in ignore_op_names";
  }

  bool has_float_operands(const Node& node) const {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ValueId::kNone || !carries_value(node, i)) continue;
      if (!is_float(trace_, node.inputs[i])) return false;
    }
    return node.input(0) != ValueId::kNone;
  }

  /// A constant operand with elements that must never become a scale: NaN, infinities, and what
  /// stands for them in attention masks.
  bool has_mask_constant(const Node& node) const {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!carries_value(node, i)) continue;
      const Tensor* constant = graph_.constant(node.inputs[i]);
      if (constant == nullptr) continue;
      const auto values = constant->data<float>();
      const auto usable = [](float value) { return std::abs(value) < kMaskLike; };
      if (!std::all_of(values.begin(), values.end(), usable)) return true;
    }
    return false;
  }

  bool follows_quantized(const Node& node) const {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ValueId::kNone || !carries_value(node, i)) continue;
      const NodeId producer = graph_.value(node.inputs[i]).producer;
      if (producer != NodeId::kNone && plan_.node(producer).quantized) return true;
    }
    return false;
  }

  void plan_operands(NodeId id) {
    const Node& node = graph_.node(id);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      if (input == ValueId::kNone || !carries_value(node, i)) continue;
      if (graph_.constant(input) != nullptr && !graph_.is_input(input)) {
        if (!is_unit_bias(node)) plan_constant({id, i}, input);
      } else if (!plan_.inner.contains(input)) {
        join_group(input, input, id);
        if (settings_.regional.contains(id) && comes_from_float(input)) {
          plan_.groups[index(plan_.group_of.at(input))].rule = settings_.of(id).calibration;
        }
      }
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (output == ValueId::kNone || !is_value_result(node, i) || plan_.inner.contains(output) ||
          !is_float(trace_, output) || stays_float_result(id, output)) {
        continue;
      }
      const bool shares = plan_.node(id).pass_through && plan_.group_of.contains(node.input(0));
      join_group(shares ? plan_.groups[index(plan_.group_of.at(node.input(0)))].root : output,
                 output, id);
    }
  }

  /// Whether the target's int8 operator can hand on floats at the node's precision level.
  bool can_hand_on_floats(NodeId id) const {
    const Node& node = graph_.node(id);
    const bool bias = target_.fused_matmul_bias && biased_product(graph_, node) != ValueId::kNone;
    const auto rule = target_.float_results.find(bias ? "MatMul" : node.op_type);
    return plan_.node(id).quantized && rule != target_.float_results.end() &&
           static_cast<int>(settings_.of(id).precision) >= rule->second;
  }

  /// A result that could be handed on as floats and that no int8 operator reads gets no scale.
  bool stays_float_result(NodeId id, ValueId result) const {
    return can_hand_on_floats(id) && !is_read_as_int8(result);
  }

  /// Movement of such a result to float operators is movement of floats.
  void release_movements(const std::vector<NodeId>& order) {
    for (auto at = order.rbegin(); at != order.rend(); ++at) {
      NodePlan& node = plan_.nodes[index(*at)];
      if (!node.quantized || !node.pass_through || is_read_as_int8(graph_.node(*at).output(0))) {
        continue;
      }
      NodeId origin = *at;
      while (origin != NodeId::kNone && plan_.node(origin).pass_through) {
        origin = graph_.value(graph_.node(origin).input(0)).producer;
      }
      if (origin == NodeId::kNone || !can_hand_on_floats(origin)) continue;
      node = {.reason = "it moves the float result of an int8 operator to float operators"};
    }
  }

  bool is_read_as_int8(ValueId result) const {
    const auto& uses = graph_.uses(result);
    return std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
      return plan_.node(use.node).quantized && use.position != Graph::kSubgraphUse &&
             carries_value(graph_.node(use.node), use.position);
    });
  }

  /// The constant of an Add behind a MatMul is its bias and stays float.
  bool is_unit_bias(const Node& node) const {
    const ValueId product = biased_product(graph_, node);
    return product != ValueId::kNone && plan_.inner.contains(product);
  }

  void plan_constant(Use use, ValueId value) {
    const Node& node = graph_.node(use.node);
    ConstantOperand operand{.use = use, .value = value};
    const auto rule = target_.weights.find(node.op_type);
    if (rule != target_.weights.end() && is_weight_position(node, use.position)) {
      operand.power_of_two = rule->second.power_of_two;
      if (rule->second.per_channel) {
        operand.params.axis = weight_axis(node, graph_.constant(value)->shape());
      }
    } else {
      operand.kind = ConstantOperand::Kind::kOperand;
    }
    plan_.constants.push_back(std::move(operand));
  }

  bool comes_from_float(ValueId value) const {
    const NodeId producer = graph_.value(value).producer;
    return producer == NodeId::kNone || !plan_.node(producer).quantized;
  }

  /// by: the node on whose behalf; its calibration rule becomes that of a new group.
  void join_group(ValueId root, ValueId member, NodeId by) {
    if (plan_.group_of.contains(member)) return;
    const auto found = plan_.group_of.find(root);
    if (found != plan_.group_of.end()) {
      plan_.groups[index(found->second)].members.push_back(member);
      plan_.group_of[member] = found->second;
      return;
    }
    plan_.group_of[member] = static_cast<GroupId>(plan_.groups.size());
    plan_.groups.push_back({.root = member,
                            .members = {member},
                            .rule = settings_.of(by).calibration,
                            .activation = target_.activations});
  }

  std::optional<plan::Range> known_range_of(const plan::Group& group) const {
    const auto told = settings_.known_ranges.find(group.root);
    const bool counts = group.rule.type == config::CalibrationType::kDefault;
    if (told != settings_.known_ranges.end() && counts) return told->second;
    return known_range(graph_, group.root);
  }

  const Graph& graph_;
  const Trace& trace_;
  const plan::Target& target_;
  const Exclusions& exclusions_;
  const Settings& settings_;
  const std::map<NodeId, std::string> sensitive_;
  QuantPlan plan_;
};

}  // namespace

QuantPlan make_plan(const Graph& graph, const Trace& trace, const plan::Target& target,
                    const Exclusions& exclusions, const Settings& settings) {
  return Policy(graph, trace, target, exclusions, settings).make();
}

std::vector<std::string> unmatched(const Graph& graph, const Exclusions& exclusions) {
  std::vector<std::string> missing;
  const std::vector<NodeId> nodes = graph.nodes();
  const auto add_unless = [&](const std::string& entry, const auto& matches) {
    if (std::none_of(nodes.begin(), nodes.end(), matches)) missing.push_back(entry);
  };
  for (const std::string& type : exclusions.op_types) {
    add_unless(type, [&](NodeId id) { return graph.node(id).op_type == type; });
  }
  for (const std::string& glob : exclusions.op_names) {
    add_unless(glob, [&](NodeId id) { return matches_glob(glob, graph.node(id).name); });
  }
  return missing;
}

plan::Target with_weight_scheme(plan::Target target, config::WeightScheme scheme) {
  if (scheme == config::WeightScheme::kTarget) return target;
  for (auto& [type, rule] : target.weights) {
    if (type == "Conv") continue;
    rule.per_channel = scheme == config::WeightScheme::kPerChannel;
    rule.power_of_two = scheme == config::WeightScheme::kPowerOfTwo;
  }
  return target;
}

}  // namespace xquant::quantize
