#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Closed-form reconstruction, operator by operator in topological order: weights, scales and bias
/// of every layer are fitted to the float model's results on the inputs that the quantized prefix
/// delivers, and kept only where held-back samples gain. Needs a calibrated plan and completes it:
/// scales of weights, ConstantOperand::rounded, overrides of biases.
std::vector<StageRecord> reconstruct(const Subject& subject, plan::QuantPlan& plan);

}  // namespace xquant::quantize
