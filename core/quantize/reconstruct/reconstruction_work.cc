#include "quantize/reconstruct/reconstruction_work.h"

#include <algorithm>

#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer_candidate.h"
#include "quantize/reconstruct/learning/learning_plan.h"
#include "quantize/reconstruct/wide_fit.h"
#include "quantize/work.h"

namespace xquant::quantize {

double fitting_work(const Layer& layer, const plan::ConstantOperand& operand, double rows,
                    const Effort& effort) {
  const auto inputs = static_cast<double>(layer.inputs());
  const auto groups = static_cast<double>(layer.groups());
  const auto channels = static_cast<double>(layer.channels());
  const auto ridges = static_cast<double>(effort.ridges.size());
  const double ways =
      ridges * (effort.compensates ? 2 : 1) *
      static_cast<double>(scale_factors(operand.params.per_channel(), operand.power_of_two,
                                        operand.params.scales[0])
                              .size());
  // Some outputs in all ways, all of them in the best one, and once more on more samples.
  const double trying = std::min(channels, static_cast<double>(kJudges)) * ways + 2 * channels;
  const double width = std::min(inputs, static_cast<double>(kWidestMatrix));
  const double moments = groups * rows * inputs * width / 2 + rows * channels * inputs;
  const double factors = groups * inputs * width * width / 6 * (ridges + 1);
  // Rounding, making up for the inputs' error, and judging.
  const double rounding = trying * inputs * width * (2 + 0.5 * effort.sweeps);
  const double passes = layer.inputs() > kWidestMatrix ? rows * inputs * trying : 0;
  return moments + passes + kProductSpeed * (factors + rounding);
}

double reconstruction_work(const Subject& subject, const plan::QuantPlan& plan,
                           const Effort& effort) {
  const auto layers = make_layers(subject.graph, plan);
  const ReferenceExtent extent =
      plan_extent(subject.graph, subject.trace, layers, subject.samples.count(), effort);
  // The float model, the stream, and a quarter of the samples twice to judge.
  constexpr double kPasses = 2.5;
  double work = kPasses * static_cast<double>(extent.samples) * multiplications(subject);
  for (const auto& layer : layers) {
    const auto rows = static_cast<double>(rows_of_one_side(*layer, subject.trace, extent));
    work += fitting_work(*layer, plan.constants[layer->constant()], 2 * rows, effort);
  }
  if (effort.learning_sweeps == 0) return work;
  const std::vector<LearningTask> tasks = learning_tasks(subject, plan, layers, extent);
  work += kProductSpeed * learning_work(tasks, effort, plan_learning(tasks, effort));
  return work;
}

}  // namespace xquant::quantize
