#pragma once

#include <cstdint>
#include <vector>

#include "quantize/reconstruct/layer_fit.h"

namespace xquant::quantize {

/// One of the ways of second-order rounding.
struct Way {
  Rounding rounding = Rounding::kSecondOrder;
  double ridge = 0;  ///< as a share of the mean variance of the inputs
  float factor = 1;  ///< on the scale of the whole tensor
};

/// An error as it counts when ways are compared: a smaller scale clips weights, which is no noise
/// that others average out, so it has to take away a twentieth of the error.
inline double counted(double error, const Way& way) {
  return way.factor < 1 ? error / 0.95 : error;
}

/// What to try on the scale of a tensor: where it has to be a power of two, the neighbours too.
std::vector<float> scale_factors(bool per_channel, bool power_of_two, float calibrated);

/// A layer written as int8, and how well.
struct Candidate {
  Rounding rounding = Rounding::kNearest;
  std::vector<float> scales{};                       ///< [channels]
  std::vector<std::vector<std::int8_t>> integers{};  ///< by group, [outputs][inputs]
  std::vector<double> bias{};                        ///< [channels]
  double error = 0;                                  ///< mean square over rows and channels
};

/// The fit that a candidate is. before: the error of the layer as calibrated; signal: the variance
/// of the float results.
LayerFit finished(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
                  const Candidate& best, double before, double signal);

}  // namespace xquant::quantize
