#include "quantize/units.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "quantize/operands.h"

namespace xquant::quantize {
namespace {

/// HardSwish(x) = x * HardSigmoid(x) with alpha = 1/6 and beta = 1/2 (ONNX HardSwish); the default
/// alpha of HardSigmoid is 0.2.
bool is_gate_of_hard_swish(const Node& gate) {
  return gate.is("HardSigmoid") && std::abs(gate.float_or("alpha", 0.2F) - 1.0F / 6.0F) < 1e-5F &&
         gate.float_or("beta", 0.5F) == 0.5F;
}

class Finder {
 public:
  Finder(const Graph& graph, const plan::Target& target, const std::vector<bool>& quantized)
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
    if (value == ValueId::kNone || graph_.is_output(value)) return {};
    std::vector<NodeId> found;
    for (const Use& use : graph_.uses(value)) {
      if (use.position == Graph::kSubgraphUse || !quantized_[index(use.node)]) return {};
      found.push_back(use.node);
    }
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

  /// x * Sigmoid(x) (SiLU) and x * HardSigmoid(x) (HardSwish) behind a computing operator.
  void match_gate(const Node& node) {
    const ValueId result = node.output(0);
    const std::vector<NodeId> next = readers(result);
    if (next.size() != 2 || !ends_computation(node)) return;
    const bool first_is_gate = !graph_.node(next[0]).is("Mul");
    const Node& gate = graph_.node(next[first_is_gate ? 0 : 1]);
    const NodeId product_id = next[first_is_gate ? 1 : 0];
    const Node& product = graph_.node(product_id);
    const bool silu = gate.is("Sigmoid") && target_.fused_after_computing.contains("SiLU");
    const bool hard_swish =
        is_gate_of_hard_swish(gate) && target_.fused_after_computing.contains("HardSwish");
    if (!product.is("Mul") || !(silu || hard_swish)) return;
    if (readers(gate.output(0)) != std::vector<NodeId>{product_id}) return;
    units_[result] = product.output(0);
    units_[gate.output(0)] = product.output(0);
  }

  const Graph& graph_;
  const plan::Target& target_;
  const std::vector<bool>& quantized_;
  Units units_;
};

}  // namespace

Units find_units(const Graph& graph, const plan::Target& target,
                 const std::vector<bool>& quantized) {
  return Finder(graph, target, quantized).find();
}

ValueId unit_result(const Units& units, ValueId value) {
  for (auto found = units.find(value); found != units.end(); found = units.find(value)) {
    value = found->second;
  }
  return value;
}

}  // namespace xquant::quantize
