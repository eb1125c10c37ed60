#pragma once

#include <string>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/float_reference.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

struct Reconstruction {
  plan::QuantPlan plan;
  std::vector<StageRecord> records{};
  bool gains = true;  ///< false: the plan is the calibrated one, which judges better
  /// Of the plan, one of each sample that judges.
  std::vector<double> losses{};
  /// Whether the plan comes from compensated weights, or would if anything gained.
  bool compensates = true;
  /// Of these nodes learned rounding would have taken too much work.
  std::vector<std::string> not_learned{};
};

/// Closed-form reconstruction, operator by operator in topological order: weights, scales and bias
/// of every layer are fitted to the float model's results on the inputs that the quantized prefix
/// delivers, and kept only where held-back samples gain; in the end the whole is kept only when the
/// model's outputs gain, else once more without compensation. Takes a calibrated plan and completes
/// it: scales of weights, ConstantOperand::rounded, overrides of biases. recorded: what a pass of
/// the float model left of the same samples and layers, which then need not run again; or nullptr.
Reconstruction reconstruct(const Subject& subject, const plan::QuantPlan& plan,
                           const Effort& effort, ReferenceRecorder* recorded = nullptr);

}  // namespace xquant::quantize
