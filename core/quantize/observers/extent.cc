#include "quantize/observers/extent.h"

#include <algorithm>
#include <cmath>

namespace xquant::quantize {

Extent extent_of(std::span<const float> values) {
  // Independent lanes let the compiler vectorize, and several vectors overlap; min and max do not
  // depend on the order.
  constexpr std::size_t kLanes = 32;
  float low[kLanes];
  float high[kLanes];
  float poison[kLanes];  // x - x is 0 for finite x, NaN otherwise
  std::fill(low, low + kLanes, std::numeric_limits<float>::infinity());
  std::fill(high, high + kLanes, -std::numeric_limits<float>::infinity());
  std::fill(poison, poison + kLanes, 0.0F);
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = values[i + lane];
      low[lane] = value < low[lane] ? value : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
      poison[lane] += value - value;
    }
  }
  Extent extent;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    extent.min = std::min(extent.min, low[lane]);
    extent.max = std::max(extent.max, high[lane]);
    extent.finite = extent.finite && poison[lane] == 0.0F;
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    extent.min = std::min(extent.min, values[i]);
    extent.max = std::max(extent.max, values[i]);
    extent.finite = extent.finite && std::isfinite(values[i]);
  }
  return extent;
}

}  // namespace xquant::quantize
