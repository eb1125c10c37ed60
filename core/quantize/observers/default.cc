#include <algorithm>

#include "quantize/observers/losses.h"
#include "quantize/observers/method.h"
#include "quantize/params.h"

namespace xquant::quantize {

std::vector<Range> candidates(const TensorStats& stats, const MethodSettings& settings) {
  std::vector<Range> ranges;
  for (const Method* each : {&kMinmax, &kPercentile, &kMse, &kKl}) {
    const Range range = each->choose(stats, settings);
    if (std::find(ranges.begin(), ranges.end(), range) == ranges.end()) ranges.push_back(range);
  }
  return ranges;
}

namespace {

/// Kl is no candidate here: by its squared error it never beats mse.
Range choose_by_default(const TensorStats& stats, const MethodSettings& settings) {
  const Distribution values(stats);
  Range best = kMinmax.choose(stats, settings);
  if (values.empty()) return best;
  double least = squared_error(values, asymmetric_params(best));
  for (const Method* each : {&kPercentile, &kMse}) {
    const Range range = each->choose(stats, settings);
    const double error = squared_error(values, asymmetric_params(range));
    if (error >= least) continue;
    least = error;
    best = range;
  }
  return best;
}

}  // namespace

const Method kDefault = {config::CalibrationType::kDefault, choose_by_default};

}  // namespace xquant::quantize
