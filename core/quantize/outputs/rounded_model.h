#pragma once

#include <memory>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// What becomes of weights and other constant operands in a rounded model.
enum class Constants {
  kFloat,    ///< as they are: what activations alone cost
  kRounded,  ///< as the plan has them, overrides included
};

/// The float model with every activation rounded where the plan quantizes it: the values of the
/// emitted model, from a float program that is compiled once for any choice of activation ranges.
class RoundedModel {
 public:
  RoundedModel(const Subject& subject, const plan::QuantPlan& plan, Constants constants);

  /// Noise of every step-th sample from first on with the ranges of the groups given, which are
  /// those of the plan with other parameters. Groups without parameters are not rounded.
  std::vector<OutputLoss::Noise> run(const std::vector<plan::Group>& groups,
                                     const FloatOutputs& samples, const OutputLoss& loss,
                                     std::size_t first, std::size_t step) const;

 private:
  const Subject& subject_;
  std::shared_ptr<const runtime::Program> program_;
};

}  // namespace xquant::quantize
