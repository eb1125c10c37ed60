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

}  // namespace xquant::quantize
