#include "quantize/equalize/coarse_weights.h"

#include <cstdint>
#include <utility>

#include "quantize/params.h"

namespace xquant::quantize {

std::vector<CoarseWeight> coarse_weights(const Graph& graph, const Trace& trace,
                                         const plan::QuantPlan& plan) {
  std::vector<CoarseWeight> found;
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    const plan::ConstantOperand& operand = plan.constants[i];
    if (operand.kind != plan::ConstantOperand::Kind::kWeight || operand.params.per_channel() ||
        operand.use.position != 1) {
      continue;
    }
    if (const auto axes = weight_axes(graph, trace, graph.node(operand.use.node))) {
      found.push_back({operand.use.node, i, *axes});
    }
  }
  return found;
}

std::vector<WeightExtents> weight_extents(const Graph& graph, const ChannelClasses& classes,
                                          const std::vector<CoarseWeight>& weights) {
  std::vector<WeightExtents> found;
  const auto add = [&](ValueId channels, const Tensor& weight, std::size_t axis, bool taken_in) {
    const auto* mine = classes.of(channels);
    std::vector<float> extents = channel_magnitudes(weight, static_cast<std::int64_t>(axis));
    // Groups share the indices of one of the axes.
    if (mine == nullptr || mine->size() != extents.size()) return;
    found.push_back({mine, std::move(extents), taken_in});
  };
  for (const CoarseWeight& weight : weights) {
    const Node& node = graph.node(weight.node);
    const Tensor& tensor = *graph.constant(node.input(1));
    add(node.input(0), tensor, weight.axes.input, true);
    add(node.output(0), tensor, weight.axes.output, false);
  }
  return found;
}

void round_weights(const plan::QuantPlan& plan, const std::vector<CoarseWeight>& weights,
                   Graph& graph) {
  for (const CoarseWeight& weight : weights) {
    plan::ConstantOperand operand = plan.constants[weight.constant];
    Tensor& tensor = *graph.value(graph.node(weight.node).input(1)).constant;
    operand.params = weight_params(operand, tensor);
    tensor = dequantize_tensor(quantize_operand(operand, tensor), operand.params);
  }
}

}  // namespace xquant::quantize
