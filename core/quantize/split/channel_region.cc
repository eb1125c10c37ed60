#include "quantize/split/channel_region.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace xquant::quantize {
namespace {

constexpr std::array<std::string_view, 19> kUnary = {
    "Abs",     "Celu",      "Elu",      "Erf",       "Exp", "Gelu", "HardSigmoid",
    "Mish",    "HardSwish", "Identity", "LeakyRelu", "Neg", "Relu", "Selu",
    "Sigmoid", "Softplus",  "Softsign", "Sqrt",      "Tanh"};
constexpr std::array<std::string_view, 6> kOfSeveral = {"Add", "Sub", "Mul", "Div", "Pow", "Clip"};

bool is_among(std::span<const std::string_view> types, const Node& node) {
  return node.domain.empty() && std::find(types.begin(), types.end(), node.op_type) != types.end();
}

bool is_elementwise(const Node& node) {
  return is_among(kUnary, node) || is_among(kOfSeveral, node);
}

class RegionSearch {
 public:
  RegionSearch(const Graph& graph, const Trace& trace, const plan::QuantPlan& plan)
      : graph_(graph), trace_(trace), plan_(plan) {}

  std::optional<ChannelRegion> from(ValueId value) {
    const auto traced = trace_.find(value);
    if (traced == trace_.end() || traced->second.shape.empty()) return std::nullopt;
    region_.channels = traced->second.shape.back();
    if (region_.channels < 2 || !include(value)) return std::nullopt;
    // Grows while it is gone through.
    for (std::size_t i = 0; i < region_.tensors.size(); ++i) {
      const ValueId tensor = region_.tensors[i];
      if (!follow_producer(tensor)) return std::nullopt;
      for (const Use& use : graph_.uses(tensor)) {
        if (!follow_reader(use)) return std::nullopt;
      }
    }
    return region_;
  }

 private:
  bool include(ValueId value) {
    const auto& tensors = region_.tensors;
    if (std::find(tensors.begin(), tensors.end(), value) != tensors.end()) return true;
    const auto traced = trace_.find(value);
    if (traced == trace_.end() || traced->second.type != DataType::kFloat ||
        traced->second.shape.empty() || traced->second.shape.back() != region_.channels ||
        graph_.is_output(value) || graph_.value(value).producer == NodeId::kNone) {
      return false;
    }
    region_.tensors.push_back(value);
    return true;
  }

  /// A constant nobody else reads, with the channels along that axis.
  bool repeat(ValueId value, std::int64_t axis) {
    const Tensor* tensor = graph_.constant(value);
    if (tensor == nullptr || tensor->type() != DataType::kFloat || graph_.is_input(value) ||
        graph_.is_output(value) || graph_.uses(value).size() != 1 ||
        tensor->shape()[static_cast<std::size_t>(axis)] != region_.channels) {
      return false;
    }
    const auto same = [&](const ChannelConstant& known) { return known.value == value; };
    if (std::none_of(region_.producing.begin(), region_.producing.end(), same)) {
      region_.producing.push_back({value, axis});
    }
    return true;
  }

  bool follow_producer(ValueId tensor) {
    const Node& node = graph_.node(graph_.value(tensor).producer);
    if (is_elementwise(node)) return follow_operands(node);
    const Tensor* weight = graph_.constant(node.input(1));
    if (weight == nullptr || weight->shape().size() != 2) return false;
    if (node.is("MatMul")) return repeat(node.input(1), 1);
    if (!node.is("Gemm")) return false;
    return repeat(node.input(1), node.int_or("transB", 0) != 0 ? 0 : 1) &&
           (node.input(2) == ValueId::kNone || follow_constant(node.input(2)));
  }

  /// One element for all channels, or one for each along the last axis.
  bool follow_constant(ValueId value) {
    const Tensor* constant = graph_.constant(value);
    if (constant == nullptr) return false;
    const Shape& shape = constant->shape();
    if (shape.empty() || shape.back() == 1) return true;
    return repeat(value, static_cast<std::int64_t>(shape.size()) - 1);
  }

  bool follow_operands(const Node& node) {
    for (const ValueId operand : node.inputs) {
      if (operand == ValueId::kNone) continue;
      if (graph_.constant(operand) != nullptr) {
        if (!follow_constant(operand)) return false;
        continue;
      }
      const auto traced = trace_.find(operand);
      if (traced == trace_.end()) return false;
      const Shape& shape = traced->second.shape;
      if (!shape.empty() && shape.back() != 1 && !include(operand)) return false;
    }
    return true;
  }

  bool follow_reader(const Use& use) {
    if (use.position == Graph::kSubgraphUse) return false;
    const Node& node = graph_.node(use.node);
    if (is_elementwise(node)) return follow_operands(node) && include(node.output(0));
    if (use.position != 0 || !(node.is("MatMul") || node.is("Gemm")) ||
        node.int_or("transA", 0) != 0 || graph_.uses(node.input(1)).size() != 1) {
      return false;
    }
    for (std::size_t i = 0; i < plan_.constants.size(); ++i) {
      const plan::ConstantOperand& operand = plan_.constants[i];
      if (operand.use != Use{use.node, 1} || graph_.is_output(operand.value) ||
          graph_.constant(operand.value)->shape().size() != 2) {
        continue;
      }
      region_.reading.push_back(i);
      return true;
    }
    return false;
  }

  const Graph& graph_;
  const Trace& trace_;
  const plan::QuantPlan& plan_;
  ChannelRegion region_;
};

}  // namespace

std::optional<ChannelRegion> region_before(const Graph& graph, const Trace& trace,
                                           const plan::QuantPlan& plan, std::size_t constant) {
  const Node& node = graph.node(plan.constants[constant].use.node);
  return RegionSearch(graph, trace, plan).from(node.input(0));
}

std::int64_t input_axis(const Node& node) {
  return node.is("Gemm") && node.int_or("transB", 0) != 0 ? 1 : 0;
}

}  // namespace xquant::quantize
