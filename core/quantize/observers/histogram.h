#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xquant::quantize {

/// Counts of magnitudes, positive and negative values apart, in kBins equal bins each over [0,
/// 2^exponent); zeros are counted by themselves. When a value does not fit, the range doubles and
/// bins merge in pairs, which is exact: floor(floor(x/w)/2) = floor(x/2w). So the counts depend on
/// the set of values only, not on their order or on how they were split and merged.
class Histogram {
 public:
  static constexpr std::size_t kBins = 4096;

  /// Adds finite values whose magnitudes are all at most `largest`.
  void add(std::span<const float> values, float largest);
  void merge(const Histogram& other);

  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  std::uint64_t zeros() const { return zeros_; }
  /// Counts of [i * bin_width(), (i + 1) * bin_width()) without zeros; empty when there is none.
  std::span<const std::uint64_t> positive() const { return positive_; }
  /// Counts of (-(i + 1) * bin_width(), -i * bin_width()] without zeros; empty when there is none.
  std::span<const std::uint64_t> negative() const { return negative_; }
  /// Upper bound of the magnitudes is 2^exponent().
  int exponent() const { return exponent_; }
  double bin_width() const;

  /// The value below which a share p of all values lies, 0 <= p <= 1, linear within a bin.
  double quantile(double p) const;

  bool operator==(const Histogram&) const = default;

  using Side = std::vector<std::uint64_t>;  ///< kBins counts; empty until a value comes
  /// From its parts, as a file has them.
  static Histogram of(int exponent, std::uint64_t zeros, Side positive, Side negative);

 private:
  void widen(int exponent);

  int exponent_ = kSmallest;
  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;
  Side positive_;
  Side negative_;

  static constexpr int kSmallest = -100;  ///< smaller magnitudes share the first bin
};

}  // namespace xquant::quantize
