#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// The elements [begin, end) of one dimension.
struct PoolBin {
  std::int64_t begin, end;
};

/// One dimension of a region, in whole elements.
struct PoolExtent {
  std::int64_t start, bins, limit;
  double bin;
  PoolBin at(std::int64_t i) const {
    const auto index = static_cast<double>(i);
    const auto begin = static_cast<std::int64_t>(std::floor(index * bin)) + start;
    const auto end = static_cast<std::int64_t>(std::ceil((index + 1) * bin)) + start;
    return {std::clamp<std::int64_t>(begin, 0, limit), std::clamp<std::int64_t>(end, 0, limit)};
  }
};

/// Halves away from zero.
inline std::int64_t rounded_away(double value) {
  if (!(std::fabs(value) < 1e9)) refuse("A region lies too far outside.");
  return static_cast<std::int64_t>(value < 0 ? std::ceil(value - 0.5) : std::floor(value + 0.5));
}

/// How a MaxRoiPool cuts regions into bins.
class PoolBins {
 public:
  explicit PoolBins(const Node& node)
      : pooled_(node.ints_or("pooled_shape", {})), scale_(node.float_or("spatial_scale", 1.0f)) {
    if (pooled_.size() != 2 || pooled_[0] < 1 || pooled_[1] < 1)
      refuse("pooled_shape has to be two positive numbers.");
  }

  std::int64_t height() const { return pooled_[0]; }
  std::int64_t width() const { return pooled_[1]; }

  /// The result's shape; refuses operands that do not fit.
  Shape result(std::span<const std::int64_t> x, std::span<const std::int64_t> rois) const {
    if (x.size() != 4 || rois.size() != 2 || rois[1] != 5)
      refuse("MaxRoiPool takes [N,C,H,W] and [R,5].");
    return {rois[0], x[1], height(), width()};
  }

  /// The image of a region.
  template <typename T>
  static std::int64_t image(T given, std::int64_t count) {
    if (!(given >= 0 && given < static_cast<T>(count)))
      refuse("A region names a sample that is not there.");
    return static_cast<std::int64_t>(given);
  }

  template <typename T>
  PoolExtent extent(T from, T to, std::int64_t bins, std::int64_t limit) const {
    const std::int64_t start = rounded_away(static_cast<double>(from * static_cast<T>(scale_)));
    const std::int64_t end = rounded_away(static_cast<double>(to * static_cast<T>(scale_)));
    const auto length = static_cast<double>(std::max<std::int64_t>(end - start + 1, 1));
    return {start, bins, limit, length / static_cast<double>(bins)};
  }

 private:
  std::vector<std::int64_t> pooled_;
  float scale_;
};

}  // namespace xquant::runtime::ops
