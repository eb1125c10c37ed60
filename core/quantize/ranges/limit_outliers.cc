#include "quantize/ranges/limit_outliers.h"

#include <algorithm>
#include <cmath>

#include "quantize/params.h"

namespace xquant::quantize {
namespace {

constexpr double kBulk = 0.995;  ///< on either side

/// What holds all but one in a hundred of the values; 0 when that is only zeros.
double bulk_of(const TensorStats& stats) {
  const Histogram& histogram = stats.histogram();
  if (histogram.empty()) return 0;
  return std::max(std::abs(histogram.quantile(1 - kBulk)), std::abs(histogram.quantile(kBulk)));
}

}  // namespace

std::vector<plan::Group> limit_outliers(const ActivationStats& stats,
                                        std::vector<plan::Group> groups, double ratio) {
  for (plan::Group& group : groups) {
    if (group.rule.type != config::CalibrationType::kDefault || !group.params.known() ||
        group.known) {
      continue;
    }
    const double limit = ratio * bulk_of(stats.at(group.root));
    const Range range = range_of(group.params);
    if (limit == 0 || std::max(-range.low, range.high) <= limit) continue;
    group.params = activation_params({std::max(range.low, -limit), std::min(range.high, limit)},
                                     group.activation);
  }
  return groups;
}

}  // namespace xquant::quantize
