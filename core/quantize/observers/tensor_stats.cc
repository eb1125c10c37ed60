#include "quantize/observers/tensor_stats.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "quantize/observers/extent.h"

namespace xquant::quantize {
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
