#include <algorithm>

#include "quantize/observers/method.h"

namespace xquant::quantize {
namespace {

Range choose_percentile(const TensorStats& stats, const MethodSettings& settings) {
  const auto min = static_cast<double>(stats.min());
  const auto max = static_cast<double>(stats.max());
  if (stats.histogram().empty()) return {min, max};
  // The histogram knows a value only up to its bin; the extremes are known exactly.
  const double low = stats.histogram().quantile(1.0 - settings.percentile);
  const double high = stats.histogram().quantile(settings.percentile);
  return {std::clamp(low, min, max), std::clamp(high, min, max)};
}

}  // namespace

const Method kPercentile = {config::CalibrationType::kPercentile, choose_percentile};

}  // namespace xquant::quantize
