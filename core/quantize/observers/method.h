#pragma once

#include <string_view>

#include "config/config.h"
#include "quantize/observers/tensor_stats.h"

namespace xquant::quantize {

/// A closed interval of real values.
struct Range {
  double low = 0;
  double high = 0;
  bool operator==(const Range&) const = default;
};

struct MethodSettings {
  double percentile = 0.9999;  ///< share of values inside each bound
};

/// A calibration method: statistics of a tensor -> the range that int8 shall cover.
struct Method {
  config::CalibrationType type;
  Range (*choose)(const TensorStats& stats, const MethodSettings& settings);
};

/// The smallest and largest value seen (minmax.cc).
extern const Method kMinmax;
/// The values that a share `percentile` lies below and above (percentile.cc).
extern const Method kPercentile;

/// Throws Error(kConfig) "calibration_type xxx not implemented yet." for methods that do not exist.
const Method& method(config::CalibrationType type);

}  // namespace xquant::quantize
