#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

enum class SampleMode { kNearest, kLinear, kCubic };
enum class SamplePadding { kZeros, kBorder, kReflection };

inline SampleMode sample_mode(const std::string& name) {
  if (name == "nearest") return SampleMode::kNearest;
  if (name == "linear" || name == "bilinear") return SampleMode::kLinear;
  if (name == "cubic" || name == "bicubic") return SampleMode::kCubic;
  refuse("mode '" + name + "' is not known.");
}

inline SamplePadding sample_padding(const std::string& name) {
  if (name == "zeros") return SamplePadding::kZeros;
  if (name == "border") return SamplePadding::kBorder;
  if (name == "reflection") return SamplePadding::kReflection;
  refuse("padding_mode '" + name + "' is not known.");
}

inline constexpr std::size_t kMostSampledDimensions = 3;
inline constexpr std::size_t kMostTaps = 4;

/// Source elements and weights along one dimension; index -1: zero.
struct SampleTaps {
  std::array<std::int64_t, kMostTaps> index{};
  std::array<double, kMostTaps> weight{};
};

/// Mirrors x into [low, high].
inline double reflect(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  double distance = std::fabs(x - low);
  const double turns = std::floor(distance / range);
  distance -= turns * range;
  return std::fmod(turns, 2.0) == 0.0 ? low + distance : high - distance;
}

/// The four weights of the cubic convolution (Keys 1981) with a = -0.75 at 0 <= x < 1.
inline std::array<double, kMostTaps> cubic_weights(double x) {
  constexpr double a = -0.75;
  const auto near = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {far(x + 1), near(x), near(1 - x), far(2 - x)};
}

/// Where a GridSample reads along one dimension.
class GridTaps {
 public:
  explicit GridTaps(const Node& node)
      : mode_(sample_mode(node.string_or("mode", "linear"))),
        padding_(sample_padding(node.string_or("padding_mode", "zeros"))),
        align_corners_(node.int_or("align_corners", 0) != 0) {}

  /// The result's shape; refuses operands that do not fit.
  static Shape result(std::span<const std::int64_t> x, std::span<const std::int64_t> grid) {
    if (x.size() < 3 || x.size() > 2 + kMostSampledDimensions || grid.size() != x.size() ||
        grid[0] != x[0] || grid.back() != static_cast<std::int64_t>(x.size()) - 2)
      refuse("Input and grid do not fit.");
    Shape shape{x[0], x[1]};
    shape.insert(shape.end(), grid.begin() + 1, grid.end() - 1);
    if (element_count(shape) > 0 && Dims(x).size() == 0) refuse("There is nothing to sample from.");
    return shape;
  }

  std::size_t tap_count() const {
    return mode_ == SampleMode::kNearest ? 1 : mode_ == SampleMode::kLinear ? 2 : 4;
  }

  /// normalized: as the grid gives it, in [-1, 1].
  SampleTaps taps_at(double normalized, std::int64_t size) const {
    const auto length = static_cast<double>(size);
    const double low = align_corners_ ? 0.0 : -0.5,
                 high = align_corners_ ? length - 1 : length - 0.5;
    double x =
        align_corners_ ? (normalized + 1) / 2 * (length - 1) : ((normalized + 1) * length - 1) / 2;
    // A position that no integer holds lies outside anyway.
    x = x == x ? std::clamp(x, -1e15, 1e15) : -1e15;
    if (mode_ == SampleMode::kNearest) x = std::nearbyint(x);
    // A cubic treats each of its taps that lies outside, as PyTorch does, not the position.
    if (mode_ != SampleMode::kCubic && (x < low || x > high)) {
      if (padding_ == SamplePadding::kBorder) x = std::clamp(x, 0.0, length - 1);
      if (padding_ == SamplePadding::kReflection) x = reflect(x, low, high);
    }
    SampleTaps taps;
    const double whole = std::floor(x), part = x - whole;
    const auto first = static_cast<std::int64_t>(whole);
    switch (mode_) {
      case SampleMode::kNearest:
        taps.index[0] = source(static_cast<std::int64_t>(x), size);
        taps.weight[0] = 1;
        break;
      case SampleMode::kLinear:
        taps.index = {source(first, size), source(first + 1, size)};
        taps.weight = {1 - part, part};
        break;
      case SampleMode::kCubic:
        for (std::size_t k = 0; k < kMostTaps; ++k) {
          taps.index[k] = source(first - 1 + static_cast<std::int64_t>(k), size);
        }
        taps.weight = cubic_weights(part);
        break;
    }
    return taps;
  }

 private:
  /// The element that stands for index i of a dimension, or -1.
  std::int64_t source(std::int64_t i, std::int64_t size) const {
    if (i >= 0 && i < size) return i;
    if (padding_ == SamplePadding::kZeros) return -1;
    if (padding_ == SamplePadding::kBorder) return std::clamp<std::int64_t>(i, 0, size - 1);
    const auto length = static_cast<double>(size);
    const double low = align_corners_ ? 0.0 : -0.5,
                 high = align_corners_ ? length - 1 : length - 0.5;
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(reflect(static_cast<double>(i), low, high)), 0, size - 1);
  }

  SampleMode mode_;
  SamplePadding padding_;
  bool align_corners_;
};

}  // namespace xquant::runtime::ops
