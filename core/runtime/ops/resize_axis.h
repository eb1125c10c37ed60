#pragma once

#include <string_view>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

enum class ResizeMode { kNearest, kLinear, kCubic };
enum class Coordinates {
  kHalfPixel,
  kHalfPixelSymmetric,
  kPytorchHalfPixel,
  kAlignCorners,
  kAsymmetric,
  kTfCropAndResize,
  kTfHalfPixelForNearest,
};
/// kSimple: down when the axis grows, up when it shrinks (Resize-10).
enum class NearestMode { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil, kSimple };

ResizeMode resize_mode(std::string_view name);
Coordinates coordinates(std::string_view name);
NearestMode nearest_mode(std::string_view name);

/// The attributes of Resize, for all axes.
struct ResizeRules {
  ResizeMode mode = ResizeMode::kNearest;
  Coordinates coordinates = Coordinates::kHalfPixel;
  NearestMode nearest = NearestMode::kRoundPreferFloor;
  double cubic_a = -0.75;
  float extrapolation = 0.0f;
  bool exclude_outside = false;  ///< taps outside get weight zero, the others are scaled up
  bool antialias = false;        ///< shrinking widens the filter
};

/// One dimension.
struct ResizeAxis {
  std::int64_t in, out;
  double scale;    ///< as the model says, or out / in
  double resized;  ///< in * scale before it was rounded to out, or out when the model gives sizes
  double roi_start = 0.0, roi_end = 1.0;  ///< for Coordinates::kTfCropAndResize

  bool is_identity() const {
    return in == out && scale == 1.0 && roi_start == 0.0 && roi_end == 1.0;
  }
};

/// Bytes of scratch memory for the taps of an axis.
std::size_t tap_table_bytes(const ResizeRules& rules, const ResizeAxis& axis);

/// Resizes dimension d of a tensor of that shape.
void resize_axis(const ResizeRules& rules, const ResizeAxis& axis, DataType type, const void* from,
                 const Dims& shape, std::size_t d, void* to, std::byte* taps);

}  // namespace xquant::runtime::ops
