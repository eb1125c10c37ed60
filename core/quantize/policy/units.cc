#include "quantize/policy/units.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

/// HardSwish(x) = x * HardSigmoid(x) with alpha = 1/6 and beta = 1/2 (ONNX HardSwish); the default
/// alpha of HardSigmoid is 0.2.
bool is_gate_of_hard_swish(const Node& gate) {
  return gate.is("HardSigmoid") && std::abs(gate.float_or("alpha", 0.2F) - 1.0F / 6.0F) < 1e-5F &&
         gate.float_or("beta", 0.5F) == 0.5F;
}

struct Gate {
  NodeId gate;
  NodeId product;
};

/// The nodes that read value; none when it is a graph output or read in a subgraph.
std::vector<NodeId> visible_readers(const Graph& graph, ValueId value) {
  if (value == ValueId::kNone || graph.is_output(value)) return {};
  std::vector<NodeId> found;
  for (const Use& use : graph.uses(value)) {
    if (use.position == Graph::kSubgraphUse) return {};
    found.push_back(use.node);
  }
  return found;
}

/// x * Sigmoid(x) (SiLU) and x * HardSigmoid(x) (HardSwish) where the target fuses them.
std::optional<Gate> find_gate(const Graph& graph, const plan::Target& target, ValueId x) {
  const std::vector<NodeId> next = visible_readers(graph, x);
  if (next.size() != 2) return std::nullopt;
  const bool first_is_gate = !graph.node(next[0]).is("Mul");
  const Gate found{next[first_is_gate ? 0 : 1], next[first_is_gate ? 1 : 0]};
  const Node& gate = graph.node(found.gate);
  const bool silu = gate.is("Sigmoid") && target.fused_after_computing.contains("SiLU");
  const bool hard_swish =
      is_gate_of_hard_swish(gate) && target.fused_after_computing.contains("HardSwish");
  if (!graph.node(found.product).is("Mul") || !(silu || hard_swish)) return std::nullopt;
  if (visible_readers(graph, gate.output(0)) != std::vector<NodeId>{found.product}) {
    return std::nullopt;
  }
  return found;
}

class UnitFinder {
 public:
  UnitFinder(const Graph& graph, const plan::Target& target, const std::vector<bool>& quantized)
      : graph_(graph), target_(target), quantized_(quantized) {}

  Units find() {
    for (const NodeId id : graph_.topological_order()) {
      if (!quantized_[index(id)]) continue;
      const Node& node = graph_.node(id);
      if (target_.pass_through.contains(node.op_type)) continue;
      match_matmul_bias(node);
      match_activation(node);
      match_gate(node);
    }
    return std::move(units_);
  }

 private:
  bool is_computing(const Node& node) const { return target_.computing.contains(node.op_type); }

  /// Computing operators, and the Add that is a MatMul's bias.
  bool ends_computation(const Node& node) const {
    if (is_computing(node)) return true;
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      return input != ValueId::kNone && units_.contains(input);
    });
  }

  std::vector<NodeId> readers(ValueId value) const {
    std::vector<NodeId> found = visible_readers(graph_, value);
    const auto is_float = [&](NodeId id) { return !quantized_[index(id)]; };
    if (std::any_of(found.begin(), found.end(), is_float)) return {};
    return found;
  }

  void match_matmul_bias(const Node& node) {
    if (!target_.fused_matmul_bias || !node.is("MatMul")) return;
    const ValueId result = node.output(0);
    const std::vector<NodeId> next = readers(result);
    if (next.size() != 1 || !graph_.node(next[0]).is("Add")) return;
    const Node& add = graph_.node(next[0]);
    if (biased_product(graph_, add) == result) units_[result] = add.output(0);
  }

  void match_activation(const Node& node) {
    const ValueId result = node.output(0);
    const std::vector<NodeId> next = readers(result);
    if (next.size() != 1) return;
    const Node& activation = graph_.node(next[0]);
    if (activation.input(0) != result) return;
    const bool fused =
        target_.fused_after_any.contains(activation.op_type) ||
        (target_.fused_after_computing.contains(activation.op_type) && ends_computation(node));
    if (fused) units_[result] = activation.output(0);
  }

  void match_gate(const Node& node) {
    const ValueId result = node.output(0);
    if (!ends_computation(node)) return;
    const std::optional<Gate> gate = find_gate(graph_, target_, result);
    if (!gate || !quantized_[index(gate->gate)] || !quantized_[index(gate->product)]) return;
    const ValueId product = graph_.node(gate->product).output(0);
    units_[result] = product;
    units_[graph_.node(gate->gate).output(0)] = product;
  }

  const Graph& graph_;
  const plan::Target& target_;
  const std::vector<bool>& quantized_;
  Units units_;
};

}  // namespace

Units find_units(const Graph& graph, const plan::Target& target,
                 const std::vector<bool>& quantized) {
  return UnitFinder(graph, target, quantized).find();
}

bool is_in_fused_gate(const Graph& graph, const plan::Target& target, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId x) {
    if (x == ValueId::kNone || graph.value(x).producer == NodeId::kNone) return false;
    const Node& producer = graph.node(graph.value(x).producer);
    const bool computes =
        target.computing.contains(producer.op_type) ||
        (target.fused_matmul_bias && biased_product(graph, producer) != ValueId::kNone);
    const std::optional<Gate> gate = computes ? find_gate(graph, target, x) : std::nullopt;
    return gate && (&graph.node(gate->gate) == &node || &graph.node(gate->product) == &node);
  });
}

ValueId unit_result(const Units& units, ValueId value) {
  for (auto found = units.find(value); found != units.end(); found = units.find(value)) {
    value = found->second;
  }
  return value;
}

}  // namespace xquant::quantize
