#pragma once

#include <vector>

#include "config/config.h"
#include "plan/quant_plan.h"
#include "quantize/observers/tensor_stats.h"

namespace xquant::quantize {

using plan::Range;

struct MethodSettings {
  double percentile = 0.9999;  ///< share of values inside each bound; for percentile alone
};

/// A calibration method: statistics of a tensor -> the range that int8 shall cover.
struct Method {
  config::CalibrationType type;
  Range (*choose)(const TensorStats& stats, const MethodSettings& settings);

  bool needs_histogram() const { return type != config::CalibrationType::kMinmax; }
};

/// The smallest and largest value seen (minmax.cc).
extern const Method kMinmax;
/// The values that a share `percentile` lies below and above (percentile.cc).
extern const Method kPercentile;
/// The range whose quantizer leaves the smallest sum of squared errors (mse.cc).
extern const Method kMse;
/// Of the ranges with a small squared error the one that keeps most of the distribution (kl.cc).
extern const Method kKl;
/// The candidate with the smallest sum of squared errors (default.cc).
extern const Method kDefault;

/// The method of that type; every type has one.
const Method& method(config::CalibrationType type);

/// The distinct ranges that the methods choose, minmax first: what is worth trying on a tensor.
std::vector<Range> candidates(const TensorStats& stats, const MethodSettings& settings);

}  // namespace xquant::quantize
