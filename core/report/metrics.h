#pragma once

#include <cstdint>
#include <span>

namespace xquant::report {

/// Sums over the elements of a float tensor x and its quantized counterpart y, from which every
/// metric follows. In double, element after element: equal on every platform. Sums of samples add
/// up in sample order.
struct ErrorSums {
  double signal = 0;     ///< sum of x^2
  double quantized = 0;  ///< sum of y^2
  double product = 0;    ///< sum of x y
  double noise = 0;      ///< sum of (y - x)^2
  std::uint64_t count = 0;

  void add(const ErrorSums& other);

  /// Noise power over signal power, sum (y-x)^2 / (sum x^2 + 1e-7); lower is better.
  double snr() const;
  double mse() const;
  /// x.y / (|x| |y|); 1 when both are zero, 0 when one is.
  double cosine() const;
  /// 10 log10(signal / noise) in dB; +infinity without noise.
  double sqnr_db() const;
};

ErrorSums compare(std::span<const float> x, std::span<const float> y);

/// Index of the largest element, the first among equals.
std::size_t argmax(std::span<const float> values);

}  // namespace xquant::report
