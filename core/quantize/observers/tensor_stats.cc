#include "quantize/observers/tensor_stats.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "quantize/observers/extent.h"

namespace xquant::quantize {
void TensorStats::observe(std::span<const float> values, std::int64_t sample) {
  // Piece by piece, so that what is looked at twice is still in the nearest cache.
  constexpr std::size_t kPiece = 4096;
  Extent all;
  for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
    const auto piece = values.subspan(begin, std::min(kPiece, values.size() - begin));
    const Extent extent = extent_of(piece);
    if (extent.finite) {
      count(piece, extent, all);
      continue;
    }
    std::vector<float> finite;
    std::copy_if(piece.begin(), piece.end(), std::back_inserter(finite),
                 [](float value) { return std::isfinite(value); });
    non_finite_ += piece.size() - finite.size();
    first_non_finite_ = std::min(first_non_finite_, sample);
    if (!finite.empty()) count(finite, extent_of(finite), all);
  }
  if (all.min > all.max) return;  // no finite value
  largest_.observe(all.max, sample);
  lowest_.observe(-all.min, sample);
}

void TensorStats::count(std::span<const float> finite, const Extent& extent, Extent& all) {
  all.min = std::min(all.min, extent.min);
  all.max = std::max(all.max, extent.max);
  if (detail_ == Detail::kHistogram) {
    histogram_.add(finite, std::max(std::abs(extent.min), std::abs(extent.max)));
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
