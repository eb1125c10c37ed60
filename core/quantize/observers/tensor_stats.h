#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "quantize/observers/extent.h"
#include "quantize/observers/extreme.h"
#include "quantize/observers/histogram.h"

namespace xquant::quantize {

/// What calibration keeps of one tensor: a fixed number of bytes, whatever the number of samples.
/// Two of them merge exactly, in any order.
class TensorStats {
 public:
  enum class Detail { kRangeOnly, kHistogram };

  explicit TensorStats(Detail detail = Detail::kHistogram) : detail_(detail) {}

  /// Adds the elements of the tensor in sample number `sample`.
  void observe(std::span<const float> values, std::int64_t sample);
  void merge(const TensorStats& other);

  /// Over the finite elements; 0 while there are none.
  float min() const { return any() ? -lowest_.value() : 0.0F; }
  float max() const { return any() ? largest_.value() : 0.0F; }
  bool any() const { return largest_.any(); }
  /// Who has the largest element, and who the smallest (of the negated elements).
  const Extreme& largest() const { return largest_; }
  const Extreme& lowest() const { return lowest_; }
  std::uint64_t non_finite() const { return non_finite_; }
  /// First sample with a non-finite element.
  std::int64_t first_non_finite() const { return first_non_finite_; }
  const Histogram& histogram() const { return histogram_; }

  /// From its parts, as a file has them.
  static TensorStats of(const Extreme& largest, const Extreme& lowest, std::uint64_t non_finite,
                        std::int64_t first_non_finite, Histogram histogram);

 private:
  /// A piece of a tensor whose extent grows into `all`.
  void count(std::span<const float> finite, const Extent& extent, Extent& all);

  Detail detail_;
  Extreme largest_;
  Extreme lowest_;  ///< of the negated elements
  std::uint64_t non_finite_ = 0;
  std::int64_t first_non_finite_ = std::numeric_limits<std::int64_t>::max();
  Histogram histogram_;
};

}  // namespace xquant::quantize
