#include "quantize/reconstruct/layer_candidate.h"

#include "quantize/params.h"

namespace xquant::quantize {

std::string_view name(Rounding rounding) {
  switch (rounding) {
    case Rounding::kNearest:
      return "nearest";
    case Rounding::kNearestCorrected:
      return "nearest, bias corrected";
    case Rounding::kSecondOrder:
      return "second order";
    case Rounding::kCompensated:
      return "second order, inputs compensated";
  }
  return "";
}

std::vector<float> scale_factors(bool per_channel, bool power_of_two, float calibrated) {
  if (per_channel || !power_of_two) return {1.0F};
  return calibrated * 0.5F >= kMinScale ? std::vector{1.0F, 0.5F, 2.0F} : std::vector{1.0F, 2.0F};
}

LayerFit finished(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
                  const Candidate& best, double before, double signal) {
  LayerFit fit{.rounding = best.rounding, .params = operand.params};
  fit.error_before = before;
  fit.error_after = best.error;
  fit.signal = signal;
  if (best.rounding == Rounding::kNearest) return fit;
  if (layer.bias_use()) fit.bias.emplace(best.bias.begin(), best.bias.end());
  if (best.rounding == Rounding::kNearestCorrected) return fit;
  fit.params.scales =
      operand.params.per_channel() ? best.scales : std::vector<float>{best.scales[0]};
  fit.rounded = Tensor::made<std::int8_t>(weight.shape(), [&](std::int8_t* integers) {
    for (std::size_t g = 0; g < layer.groups(); ++g) {
      for (std::size_t o = 0; o < layer.outputs(); ++o) {
        for (std::size_t k = 0; k < layer.inputs(); ++k) {
          integers[layer.weight_index(g, o, k)] = best.integers[g][o * layer.inputs() + k];
        }
      }
    }
  });
  return fit;
}

}  // namespace xquant::quantize
