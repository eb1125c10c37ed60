#include "quantize/observers/tensor_stats.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace xquant::quantize {
namespace {

struct Extent {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  bool finite = true;
};

Extent extent_of(std::span<const float> values) {
  // Eight independent lanes let the compiler vectorize; min and max do not depend on the order.
  constexpr std::size_t kLanes = 8;
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

}  // namespace

void TensorStats::observe(std::span<const float> values, std::int64_t sample) {
  if (values.empty()) return;
  const Extent extent = extent_of(values);
  if (!extent.finite) {
    std::vector<float> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](float value) { return std::isfinite(value); });
    non_finite_ += values.size() - finite.size();
    first_non_finite_ = std::min(first_non_finite_, sample);
    observe(finite, sample);
    return;
  }
  largest_.observe(extent.max, sample);
  lowest_.observe(-extent.min, sample);
  if (detail_ == Detail::kHistogram) {
    histogram_.add(values, std::max(std::abs(extent.min), std::abs(extent.max)));
  }
}

TensorStats TensorStats::of(const Extreme& largest, const Extreme& lowest, std::uint64_t non_finite,
                            std::int64_t first_non_finite, Histogram histogram) {
  TensorStats stats;
  stats.largest_ = largest;
  stats.lowest_ = lowest;
  stats.non_finite_ = non_finite;
  stats.first_non_finite_ = first_non_finite;
  stats.histogram_ = std::move(histogram);
  return stats;
}

void TensorStats::merge(const TensorStats& other) {
  largest_.merge(other.largest_);
  lowest_.merge(other.lowest_);
  non_finite_ += other.non_finite_;
  first_non_finite_ = std::min(first_non_finite_, other.first_non_finite_);
  histogram_.merge(other.histogram_);
}

}  // namespace xquant::quantize
