#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// The float model with every activation rounded where the plan quantizes it, and its weights as
/// they are: what activations alone cost, from a float program that is compiled once for any choice
/// of their ranges.
class RoundedModel {
 public:
  RoundedModel(const Subject& subject, const plan::QuantPlan& plan);

  /// Of a group; a scale of 0: not rounded.
  struct Mapping {
    float scale = 0;
    std::int32_t zero_point = 0;
  };

  /// Noise of every step-th sample from first on with the ranges of the groups given, which are
  /// those of the plan with other parameters. Groups without parameters are not rounded.
  /// One call at a time.
  std::vector<OutputLoss::Noise> run(const std::vector<plan::Group>& groups,
                                     const FloatOutputs& samples, const OutputLoss& loss,
                                     std::size_t first, std::size_t step);

 private:
  const Subject& subject_;
  std::unique_ptr<std::vector<Mapping>> table_;  ///< by group: what the program rounds to
  std::vector<runtime::Executor> executors_;
};

}  // namespace xquant::quantize
