#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// What plans of one graph are compared by: judged_values(), but for outputs of few elements. Of a
/// score or the logits of four classes a quarter of 32 samples shows eight to 32 numbers. The
/// nearest tensor in front of such an output that has elements enough stands in for it, where
/// weights of the plan are in front of that. Plans of different graphs cannot be compared so:
/// equalized channels are other values.
std::vector<Judged> evidence(const Subject& subject, const plan::QuantPlan& plan);

/// Whether a tensor stands in for an output: it says nothing about what comes behind it.
bool is_indirect(const std::vector<Judged>& values);

}  // namespace xquant::quantize
