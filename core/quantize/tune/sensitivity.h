#pragma once

#include <map>
#include <vector>

#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"
#include "quantize/tune/gradient/reverse_mode.h"

namespace xquant::quantize {

/// What rounding one channel of a tensor costs: an error e of an element adds (e d)^2 to the loss
/// of the model's outputs, d being a derivative (the diagonal of the Gauss-Newton matrix, as in
/// Dong et al. 2019 and Li et al. 2021).
struct ChannelSensitivity {
  float low = 0, high = 0;  ///< range seen, 0 included
  double cost = 0;          ///< mean over samples of the sum of d^2 of elements that are not 0
};

/// By channel: index of axis 1, or one for a tensor that has fewer axes.
using Sensitivities = std::map<ValueId, std::vector<ChannelSensitivity>>;

/// Of the given tensors, over every step-th sample from first on. exact and loss are about each
/// other. Memory: for each thread one sample's values and their derivatives.
Sensitivities measure_sensitivities(const Subject& subject, const ReverseMode& reverse,
                                    const std::vector<ValueId>& tensors, const FloatOutputs& exact,
                                    const OutputLoss& loss, std::size_t first, std::size_t step);

/// Of both parts of the samples together, equally many in each.
Sensitivities merged(const Sensitivities& a, const Sensitivities& b);

}  // namespace xquant::quantize
