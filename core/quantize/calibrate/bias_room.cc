#include "quantize/calibrate/bias_room.h"

#include <algorithm>
#include <cmath>

#include "quantize/params.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

constexpr double kMostUnits = 0x1p28;
constexpr double kUnitsOfBiasAlone = 0x1p24;

/// |bias| of each output channel; empty when the operator has no constant one.
std::vector<double> bias_magnitudes(const Graph& graph, const Node& node) {
  if (!node.is("Conv") && !node.is("ConvTranspose") && !node.is("Gemm")) return {};
  const Tensor* bias = graph.constant(node.input(2));
  if (bias == nullptr || bias->type() != DataType::kFloat) return {};
  std::vector<double> magnitudes;
  for (const float value : bias->data<float>()) {
    magnitudes.push_back(std::isfinite(value) ? std::fabs(static_cast<double>(value)) : 0.0);
  }
  return magnitudes;
}

/// The largest entry, for one scale; or the entry of each scale (all have it when there is one
/// only).
std::vector<double> for_scales(const std::vector<double>& values, std::size_t scales) {
  if (values.size() == scales) return values;
  return std::vector<double>(scales, *std::max_element(values.begin(), values.end()));
}

}  // namespace

void make_room_for_bias(const Graph& graph, const plan::QuantPlan& plan,
                        plan::ConstantOperand& operand) {
  const Node& node = graph.node(operand.use.node);
  if (!is_weight_position(node, operand.use.position)) return;
  const plan::Group* data = plan.find_group(node.input(operand.use.position == 0 ? 1 : 0));
  const std::vector<double> biases = bias_magnitudes(graph, node);
  if (data == nullptr || !data->params.known() || biases.empty()) return;
  const auto step = static_cast<double>(data->params.scales[0]);
  std::vector<float>& scales = operand.params.scales;
  const std::vector<float> magnitudes =
      channel_magnitudes(*graph.constant(operand.value), operand.params.axis);
  const std::vector<double> bias = for_scales(biases, scales.size());
  for (std::size_t c = 0; c < scales.size(); ++c) {
    if (bias[c] == 0) continue;
    const bool alone = magnitudes[c] == 0.0F;
    const double asked = bias[c] / (step * (alone ? kUnitsOfBiasAlone : kMostUnits));
    const float least = std::max(static_cast<float>(asked), kMinScale);
    const float scale = alone ? least : std::max(scales[c], least);
    if (scale != scales[c]) scales[c] = operand.power_of_two ? power_of_two_above(scale) : scale;
  }
}

std::vector<float> least_scales(const plan::ConstantOperand& operand, const Tensor& weight) {
  std::vector<float> least;
  for (const float magnitude : channel_magnitudes(weight, operand.params.axis)) {
    const float scale = operand.params.scales[least.size()];
    least.push_back(!operand.power_of_two && scale > magnitude / 127.0F ? scale : kMinScale);
  }
  return least;
}

}  // namespace xquant::quantize
