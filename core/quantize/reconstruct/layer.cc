#include "quantize/reconstruct/layer.h"

#include "quantize/policy/operands.h"

namespace xquant::quantize {

WeightRows Layer::weights(const Tensor& tensor, std::size_t group) const {
  WeightRows rows{.outputs = outputs_, .inputs = inputs_, .values = {}};
  rows.values.reserve(outputs_ * inputs_);
  const auto values = tensor.data<float>();
  for (std::size_t o = 0; o < outputs_; ++o) {
    for (std::size_t k = 0; k < inputs_; ++k) {
      rows.values.push_back(static_cast<double>(values[weight_index(group, o, k)]));
    }
  }
  return rows;
}

std::unique_ptr<Layer> make_layer(const Graph& graph, const plan::QuantPlan& plan,
                                  std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  const Node& node = graph.node(operand.use.node);
  if (operand.kind != plan::ConstantOperand::Kind::kWeight) return nullptr;
  if (!is_weight_position(node, operand.use.position)) return nullptr;
  if (graph.constant(node.input(0)) != nullptr || plan.inner.contains(node.input(0)))
    return nullptr;
  if (node.is("Conv") || node.is("ConvTranspose")) return make_conv_layer(graph, plan, constant);
  if (node.is("Gemm") || node.is("MatMul")) return make_matrix_layer(graph, plan, constant);
  return nullptr;
}

std::vector<std::unique_ptr<Layer>> make_layers(const Graph& graph, const plan::QuantPlan& plan) {
  std::vector<std::unique_ptr<Layer>> layers;
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    if (graph.uses(plan.constants[i].value).size() != 1) continue;
    if (auto layer = make_layer(graph, plan, i)) layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace xquant::quantize
