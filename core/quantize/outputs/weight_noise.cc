#include "quantize/outputs/weight_noise.h"

#include "base/diagnostics.h"
#include "quantize/calibrate/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/outputs/integer_model.h"

namespace xquant::quantize {

std::array<double, 2> weight_noise(const Subject& subject, const Graph& graph, plan::QuantPlan plan,
                                   const FloatOutputs& exact, const OutputLoss& loss) {
  for (plan::Group& group : plan.groups) group.params = {};
  Diagnostics said_later;
  choose_constant_params(graph, plan, said_later);
  const Subject changed{graph,           subject.opsets, subject.program, subject.trace,
                        subject.samples, subject.pool,   subject.monitor};
  const auto noise = IntegerModel(changed, plan, exact.values).run(exact, loss, 0, 1);
  return {loss.total(noise, 0, 2), loss.total(noise, 1, 2)};
}

WeightGain weight_gain(const std::array<double, 2>& before, const std::array<double, 2>& after) {
  constexpr double kWorthIt = 0.8;
  const double all_before = before[0] + before[1], all_after = after[0] + after[1];
  WeightGain gain;
  gain.gains = after[0] < before[0] && after[1] < before[1] && all_after < kWorthIt * all_before;
  gain.before_db = decibel(2, all_before);
  gain.after_db = gain.gains ? decibel(2, all_after) : gain.before_db;
  return gain;
}

}  // namespace xquant::quantize
