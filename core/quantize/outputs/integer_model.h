#pragma once

#include <memory>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// The model as the plan quantizes it, run in integers as a chip does it; what has no int8 kernel
/// runs in float on dequantized values (../integer).
class IntegerModel {
 public:
  /// values: what it is judged by.
  IntegerModel(const Subject& subject, const plan::QuantPlan& plan,
               const std::vector<Judged>& values);

  /// Noise of every step-th sample from first on.
  std::vector<OutputLoss::Noise> run(const FloatOutputs& samples, const OutputLoss& loss,
                                     std::size_t first, std::size_t step);

  /// The loss of each of these samples by itself.
  std::vector<double> losses(const FloatOutputs& samples, const OutputLoss& loss,
                             std::size_t first = 0, std::size_t step = 1);

 private:
  const Subject& subject_;
  std::vector<runtime::Executor> executors_;
};

}  // namespace xquant::quantize
