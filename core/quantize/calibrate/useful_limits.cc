#include "quantize/calibrate/useful_limits.h"

#include <algorithm>
#include <limits>

#include "quantize/params.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

constexpr Range kUnlimited{-std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::infinity()};

/// Sigmoid of -8 is 3.4e-4, a twelfth of a step of 1/255. Far below zero it is exp: where the steps
/// of the result are k times as fine, the bound lies ln k further out.
Range sigmoid_limits(double step_of_result) {
  constexpr double kOfWholeRange = 8;
  const double share = std::min(step_of_result * 255, 1.0);
  double log_share = 0;
  runtime::math::log(&share, &log_share, 1);
  return {-kOfWholeRange + log_share, kOfWholeRange - log_share};
}

double sigmoid(double x) {
  double gate = 0;
  runtime::math::sigmoid(&x, &gate, 1);
  return gate;
}

double silu(double x) { return x * sigmoid(x); }

/// x * Sigmoid(x) rises from its minimum at -1.28 to 0 at minus infinity: below the bound it is
/// closer to 0 than an eighth of a step of the result. There is no bound above.
Range silu_limits(double step_of_result) {
  const double negligible = step_of_result / 8;
  double low = -64, high = -2;
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (silu(middle) < -negligible ? high : low) = middle;
  }
  return {low, kUnlimited.high};
}

Range hard_sigmoid_limits(const Node& node) {
  const auto alpha = static_cast<double>(node.float_or("alpha", 0.2F));
  const auto beta = static_cast<double>(node.float_or("beta", 0.5F));
  return alpha > 0 ? Range{-beta / alpha, (1 - beta) / alpha} : kUnlimited;
}

class Limits {
 public:
  Limits(const Graph& graph, const plan::QuantPlan& plan, double highest)
      : graph_(graph), plan_(plan), highest_(highest) {}

  /// What the reader tells apart of the tensor.
  Range of(NodeId id, ValueId tensor) const {
    const Node& reader = graph_.node(id);
    if (reader.is("HardSigmoid")) return hard_sigmoid_limits(reader);
    if (reader.is("HardSwish")) return {-3, kUnlimited.high};
    const float step = step_of(reader.output(0));
    if (reader.is("Sigmoid")) {
      if (is_only_gate(reader, tensor)) return kNothing;
      return step > 0 ? sigmoid_limits(step) : sigmoid_limits(sigmoid(highest_) / 255 / 8);
    }
    const Node* gate = gate_of(reader, tensor);
    if (gate == nullptr) return kUnlimited;
    if (gate->is("HardSigmoid")) return {hard_sigmoid_limits(*gate).low, kUnlimited.high};
    return silu_limits(step > 0 ? step : std::max(highest_, 0.0) / 255);
  }

 private:
  static constexpr Range kNothing{0, 0};

  /// 0 when the value has no scale of its own.
  float step_of(ValueId value) const {
    const plan::Group* group = value == ValueId::kNone ? nullptr : plan_.find_group(value);
    return group == nullptr || !group->params.known() ? 0 : group->params.scales[0];
  }

  /// The gate when the node is tensor * Sigmoid(tensor) or tensor * HardSigmoid(tensor); else
  /// nullptr.
  const Node* gate_of(const Node& node, ValueId tensor) const {
    if (!node.is("Mul")) return nullptr;
    const ValueId other = node.input(node.input(0) == tensor ? 1 : 0);
    const NodeId id = other == ValueId::kNone ? NodeId::kNone : graph_.value(other).producer;
    if (id == NodeId::kNone) return nullptr;
    const Node& gate = graph_.node(id);
    const bool gates = gate.is("Sigmoid") || gate.is("HardSigmoid");
    return gates && gate.input(0) == tensor ? &gate : nullptr;
  }

  /// Whether the Sigmoid's result is read by products with its operand alone: they decide then.
  bool is_only_gate(const Node& sigmoid, ValueId tensor) const {
    const ValueId gate = sigmoid.output(0);
    return !graph_.is_output(gate) && std::ranges::all_of(graph_.uses(gate), [&](const Use& use) {
      return gate_of(graph_.node(use.node), tensor) != nullptr;
    });
  }

  const Graph& graph_;
  const plan::QuantPlan& plan_;
  /// What stays float is not rounded, but the tensor is, in steps of at least a 255th of this.
  double highest_;
};

}  // namespace

Range useful_limits(const Graph& graph, const plan::QuantPlan& plan, ValueId tensor,
                    double highest) {
  if (graph.is_output(tensor) || graph.uses(tensor).empty()) return kUnlimited;
  const Limits limits_of(graph, plan, highest);
  Range limits{0, 0};
  for (const Use& use : graph.uses(tensor)) {
    const Range by = limits_of.of(use.node, tensor);
    limits = {std::min(limits.low, by.low), std::max(limits.high, by.high)};
  }
  return limits;
}

}  // namespace xquant::quantize
