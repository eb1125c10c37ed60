#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/moments.h"

namespace xquant::quantize {

/// What a layer is fitted on, by group (sample_parts.h).
struct LayerMoments {
  std::vector<Moments> fit;   ///< of the samples that it learns from at once
  std::vector<Moments> held;  ///< of those that judge
  std::vector<Moments> all;   ///< of those that the way chosen learns from
};

/// The ways in which a layer's weights can be made int8, from plain to ambitious.
enum class Rounding {
  kNearest,           ///< nearest integers, the float bias
  kNearestCorrected,  ///< nearest integers, exact bias
  kSecondOrder,       ///< second-order rounding, exact bias
  kCompensated,       ///< the same of weights that make up for the inputs' error
};
std::string_view name(Rounding rounding);

struct LayerFit {
  Rounding rounding = Rounding::kNearest;
  plan::QuantParams params{};
  std::optional<Tensor> rounded{};           ///< absent: nearest
  std::optional<std::vector<float>> bias{};  ///< [channels]; absent: as it is
  /// Mean squared error of the results on samples that the layer has not learned from: as
  /// calibrated, and fitted.
  double error_before = 0;
  double error_after = 0;
  double signal = 0;  ///< mean square of the float results around their mean
};

/// Chooses integers, scales and bias of a layer: every way and a few strengths of the ridge are
/// tried on `fit`, the smallest error on `held` wins and is done once more on `all`. Of a layer
/// with many outputs, evenly spread ones tell which way is the best. bias: [channels], what the
/// float model adds.
LayerFit fit_layer(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
                   std::span<const float> bias, LayerMoments moments, const Effort& effort,
                   const ForEach& for_each);

}  // namespace xquant::quantize
