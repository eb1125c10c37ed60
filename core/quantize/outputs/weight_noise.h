#pragma once

#include <array>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// The loss of the outputs with weights rounded to the nearest and activations as they are, of both
/// halves of the samples. graph: the subject's, or one of the same function with its plan.
std::array<double, 2> weight_noise(const Subject& subject, const Graph& graph, plan::QuantPlan plan,
                                   const FloatOutputs& exact, const OutputLoss& loss);

/// What a change that costs something at every inference (an operator, channels) brings: it has to
/// take a fifth of that noise away, some from both halves.
struct WeightGain {
  bool gains = false;
  double before_db = 0, after_db = 0;  ///< equal when it does not gain
};
WeightGain weight_gain(const std::array<double, 2>& before, const std::array<double, 2>& after);

}  // namespace xquant::quantize
