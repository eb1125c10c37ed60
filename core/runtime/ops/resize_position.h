#pragma once

#include "runtime/ops/resize_axis.h"

namespace xquant::runtime::ops {

/// Position of output element i in the input, in elements.
template <typename Real>
Real source_position(const ResizeRules& rules, const ResizeAxis& axis, std::int64_t i) {
  const auto x = static_cast<Real>(i), in = static_cast<Real>(axis.in),
             out = static_cast<Real>(axis.out), scale = static_cast<Real>(axis.scale);
  const auto start = static_cast<Real>(axis.roi_start), end = static_cast<Real>(axis.roi_end);
  constexpr auto kHalf = static_cast<Real>(0.5);
  switch (rules.coordinates) {
    case Coordinates::kHalfPixel:
      return (x + kHalf) / scale - kHalf;
    case Coordinates::kHalfPixelSymmetric: {
      // Keeps the centre where scale * in is no whole number.
      const Real adjustment = out / (scale * in);
      return in / 2 * (1 - adjustment) + (x + kHalf) / scale - kHalf;
    }
    case Coordinates::kPytorchHalfPixel:
      return axis.out > 1 ? (x + kHalf) / scale - kHalf : Real(0);
    case Coordinates::kAlignCorners:
      return axis.out > 1 ? x * (in - 1) / (static_cast<Real>(axis.resized) - 1) : Real(0);
    case Coordinates::kAsymmetric:
      return x / scale;
    case Coordinates::kTfHalfPixelForNearest:
      return (x + kHalf) / scale;
    case Coordinates::kTfCropAndResize:
      break;
  }
  if (axis.out > 1) return start * (in - 1) + x * (end - start) * (in - 1) / (out - 1);
  return kHalf * (start + end) * (in - 1);
}

/// tf_crop_and_resize gives the extrapolation value there.
inline bool is_outside(const ResizeRules& rules, const ResizeAxis& axis, double position) {
  return rules.coordinates == Coordinates::kTfCropAndResize &&
         (position < 0 || position > static_cast<double>(axis.in - 1));
}

}  // namespace xquant::runtime::ops
