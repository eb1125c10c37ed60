#pragma once

#include <algorithm>
#include <cmath>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {

/// A sample inside one dimension: two neighbours and the weight of the second.
struct RoiNeighbours {
  std::int64_t low, high;
  double part;
};

inline RoiNeighbours roi_neighbours(double position, std::int64_t size) {
  const double at = std::max(position, 0.0);
  const auto low = static_cast<std::int64_t>(at);
  if (low >= size - 1) return {size - 1, size - 1, 0.0};
  return {low, low + 1, at - static_cast<double>(low)};
}

/// One dimension of a region.
struct RoiExtent {
  double start, bin;     ///< in elements of the feature map
  std::int64_t samples;  ///< of each bin
  double sample(std::int64_t index, std::int64_t i) const {
    return start + static_cast<double>(index) * bin +
           (static_cast<double>(i) + 0.5) * bin / static_cast<double>(samples);
  }
};

/// How a RoiAlign cuts regions into bins.
class RoiBins {
 public:
  /// opset: of the model; version 10 does not shift by half a pixel.
  RoiBins(const Node& node, std::int64_t opset)
      : height(node.int_or("output_height", 1)),
        width(node.int_or("output_width", 1)),
        ratio(node.int_or("sampling_ratio", 0)),
        scale_(node.float_or("spatial_scale", 1.0f)),
        half_pixel_(opset >= 16 && node.string_or("coordinate_transformation_mode", "half_pixel") ==
                                       "half_pixel") {
    if (height < 1 || width < 1 || ratio < 0) refuse("The sizes have to be positive.");
    constexpr std::int64_t kMostSamples = 1024;  // its square is taken for each element
    if (ratio > kMostSamples)
      refuse("A sampling_ratio of " + std::to_string(ratio) + " is not supported.");
  }

  std::int64_t height, width, ratio;  ///< of the result; samples of a bin, 0: as it is long

  /// In the element type, as everybody does: the number of samples jumps where bin is whole.
  template <typename T>
  RoiExtent extent(T from, T to, std::int64_t bins) const {
    const T shift = half_pixel_ ? T(0.5) : T(0);
    const T start = from * static_cast<T>(scale_) - shift;
    T length = to * static_cast<T>(scale_) - shift - start;
    if (!half_pixel_) length = std::max(length, T(1));
    const T bin = length / static_cast<T>(bins);
    if (!(std::fabs(bin) <= T(1 << 20))) refuse("A region is too large to sample.");
    return {static_cast<double>(start), static_cast<double>(bin),
            ratio > 0 ? ratio : static_cast<std::int64_t>(std::ceil(bin))};
  }

 private:
  float scale_;
  bool half_pixel_;
};

}  // namespace xquant::runtime::ops
