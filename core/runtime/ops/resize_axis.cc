#include "runtime/ops/resize_axis.h"

#include <algorithm>
#include <cmath>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/resize_nearest.h"
#include "runtime/ops/resize_position.h"

namespace xquant::runtime::ops {
namespace {

/// Where an output element comes from: source elements from first on, or the constant.
struct Source {
  std::int64_t first;
  bool outside;
};

double triangle(double distance) { return std::max(0.0, 1.0 - std::fabs(distance)); }

/// The cubic convolution kernel (Keys 1981).
double keys(double distance, double a) {
  const double x = std::fabs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/// Elements to one side that a filter reaches, before it is widened.
std::int64_t half_width(ResizeMode mode) { return mode == ResizeMode::kCubic ? 2 : 1; }

double shrink_of(const ResizeRules& rules, const ResizeAxis& axis) {
  return rules.antialias ? std::min(1.0, axis.scale) : 1.0;
}

std::int64_t tap_count(const ResizeRules& rules, const ResizeAxis& axis) {
  constexpr double kMost = 0x1p20;  // a scale that no image has
  const double reach = static_cast<double>(half_width(rules.mode)) / shrink_of(rules, axis);
  if (!(reach <= kMost)) refuse("Its scale is too small for antialias.");
  return 2 * static_cast<std::int64_t>(std::ceil(reach));
}

/// Weights of the taps around the position, which add up to 1.
void fill_weights(const ResizeRules& rules, const ResizeAxis& axis, double position,
                  const Source& source, std::span<float> weights) {
  const double shrink = shrink_of(rules, axis);
  const auto weight_at = [&](std::size_t k) {
    const std::int64_t at = source.first + static_cast<std::int64_t>(k);
    if (rules.exclude_outside && (at < 0 || at >= axis.in)) return 0.0;
    const double distance = (static_cast<double>(at) - position) * shrink;
    return rules.mode == ResizeMode::kLinear ? triangle(distance) : keys(distance, rules.cubic_a);
  };
  double sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) sum += weight_at(k);
  const bool scaled = rules.exclude_outside || rules.antialias;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    weights[k] = static_cast<float>(scaled ? weight_at(k) / sum : weight_at(k));
  }
}

/// Sources and weights of all output elements of an axis, in scratch memory.
struct TapTable {
  Source* sources;
  float* weights;
  std::int64_t taps;
};

TapTable fill_table(const ResizeRules& rules, const ResizeAxis& axis, std::byte* memory) {
  TapTable table{reinterpret_cast<Source*>(memory),
                 reinterpret_cast<float*>(
                     memory + align_up(static_cast<std::size_t>(axis.out) * sizeof(Source))),
                 tap_count(rules, axis)};
  const auto taps = static_cast<std::size_t>(table.taps);
  for (std::int64_t i = 0; i < axis.out; ++i) {
    const auto position = source_position<double>(rules, axis, i);
    Source& source = table.sources[i];
    source.outside = is_outside(rules, axis, position);
    source.first = static_cast<std::int64_t>(std::floor(position)) - table.taps / 2 + 1;
    fill_weights(rules, axis, position, source,
                 {table.weights + static_cast<std::size_t>(i) * taps, taps});
  }
  return table;
}

/// Tap k of output i: indices beyond the edge repeat the edge.
std::int64_t tap_index(const TapTable& table, std::int64_t i, std::int64_t k,
                       const ResizeAxis& axis) {
  return std::clamp<std::int64_t>(table.sources[i].first + k, 0, axis.in - 1);
}

/// One output row of `inner` elements.
template <typename T>
void blend(const TapTable& table, std::int64_t i, const ResizeAxis& axis, const T* plane,
           std::int64_t inner, T* to) {
  std::fill_n(to, inner, T(0));
  for (std::int64_t k = 0; k < table.taps; ++k) {
    const float weight = table.weights[i * table.taps + k];
    if (weight == 0.0f) continue;
    const T* row = plane + tap_index(table, i, k, axis) * inner;
    for (std::int64_t j = 0; j < inner; ++j) to[j] += static_cast<T>(weight) * row[j];
  }
}

/// A row of one element.
template <typename T>
T blend_one(const TapTable& table, std::int64_t i, const ResizeAxis& axis, const T* line) {
  T sum = T(0);
  for (std::int64_t k = 0; k < table.taps; ++k) {
    const float weight = table.weights[i * table.taps + k];
    if (weight != 0.0f) sum += static_cast<T>(weight) * line[tap_index(table, i, k, axis)];
  }
  return sum;
}

/// Along the last dimension.
template <typename T>
void blend_line(const ResizeRules& rules, const ResizeAxis& axis, const TapTable& table,
                const T* from, T* to) {
  for (std::int64_t i = 0; i < axis.out; ++i) {
    to[i] = table.sources[i].outside ? static_cast<T>(rules.extrapolation)
                                     : blend_one(table, i, axis, from);
  }
}

template <typename T>
void blend_planes(const ResizeRules& rules, const ResizeAxis& axis, const TapTable& table,
                  const T* from, std::int64_t outer, std::int64_t inner, T* to) {
  for (std::int64_t o = 0; o < outer; ++o, from += axis.in * inner) {
    if (inner == 1) {
      blend_line(rules, axis, table, from, to);
      to += axis.out;
      continue;
    }
    for (std::int64_t i = 0; i < axis.out; ++i, to += inner) {
      if (table.sources[i].outside) {
        std::fill_n(to, inner, static_cast<T>(rules.extrapolation));
      } else {
        blend(table, i, axis, from, inner, to);
      }
    }
  }
}

}  // namespace

ResizeMode resize_mode(std::string_view name) {
  if (name == "nearest") return ResizeMode::kNearest;
  if (name == "linear" || name == "bilinear") return ResizeMode::kLinear;
  if (name == "cubic") return ResizeMode::kCubic;
  refuse("Resize mode '" + std::string(name) + "' is not known.");
}

Coordinates coordinates(std::string_view name) {
  if (name == "half_pixel") return Coordinates::kHalfPixel;
  if (name == "half_pixel_symmetric") return Coordinates::kHalfPixelSymmetric;
  if (name == "pytorch_half_pixel") return Coordinates::kPytorchHalfPixel;
  if (name == "align_corners") return Coordinates::kAlignCorners;
  if (name == "asymmetric") return Coordinates::kAsymmetric;
  if (name == "tf_crop_and_resize") return Coordinates::kTfCropAndResize;
  if (name == "tf_half_pixel_for_nn") return Coordinates::kTfHalfPixelForNearest;
  refuse("coordinate_transformation_mode '" + std::string(name) + "' is not known.");
}

NearestMode nearest_mode(std::string_view name) {
  if (name == "round_prefer_floor") return NearestMode::kRoundPreferFloor;
  if (name == "round_prefer_ceil") return NearestMode::kRoundPreferCeil;
  if (name == "floor") return NearestMode::kFloor;
  if (name == "ceil") return NearestMode::kCeil;
  if (name == "simple") return NearestMode::kSimple;
  refuse("nearest_mode '" + std::string(name) + "' is not known.");
}

std::size_t tap_table_bytes(const ResizeRules& rules, const ResizeAxis& axis) {
  const auto out = static_cast<std::size_t>(axis.out);
  if (rules.mode == ResizeMode::kNearest) return nearest_table_bytes(axis);
  return align_up(out * sizeof(Source)) +
         out * static_cast<std::size_t>(tap_count(rules, axis)) * sizeof(float);
}

void resize_axis(const ResizeRules& rules, const ResizeAxis& axis, DataType type, const void* from,
                 const Dims& shape, std::size_t d, void* to, std::byte* taps) {
  const std::int64_t outer = shape.product(0, d), inner = shape.product(d + 1, shape.rank);
  if (rules.mode == ResizeMode::kNearest) {
    return resize_nearest(rules, axis, type, {from, outer, inner, to}, taps);
  }
  const TapTable table = fill_table(rules, axis, taps);
  with_real_type(type, [&]<typename T>(T) {
    blend_planes(rules, axis, table, static_cast<const T*>(from), outer, inner,
                 static_cast<T*>(to));
  });
}

}  // namespace xquant::runtime::ops
