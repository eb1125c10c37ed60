#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "int8/xq_int8.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// The position of an operand that an operator does not have.
inline constexpr std::size_t kNowhere = 99;

inline xq_type code_type(DataType type) {
  if (type == DataType::kInt8) return XQ_S8;
  if (type != DataType::kUint8) refuse("Integer products take int8 and uint8.");
  return XQ_U8;
}

/// The zero point of a tensor as a whole; 0 when absent.
inline std::int32_t zero_point_of(const TensorView& view) {
  return view.present() ? static_cast<std::int32_t>(number(view)) : 0;
}

/// Zero points into memory that has room for `most` of them; returns how many there are.
inline std::size_t zero_points_of(const TensorView& view, std::size_t most, std::int32_t* to) {
  if (!view.present()) return 0;
  const auto count = static_cast<std::size_t>(view.size());
  if (count != 1 && count != most) refuse("The weights' zero points do not fit.");
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::int32_t>(number(view, i));
  return count;
}

/// Sums in int32 stay exact up to this depth, whatever the zero points are.
inline void require_depth(std::int64_t depth) {
  if (depth > XQ_MAX_DEPTH_ASYMMETRIC)
    refuse("Sums of " + std::to_string(depth) + " products may leave int32.");
}

/// sums[i] with scale index s as code: clamp(round(f32(sum) * f32(f32(sx * sw[s]) / sy)) + zero),
/// halves to even.
struct Requantizer {
  float x_scale;
  TensorView w_scale;
  float y_scale;
  std::int32_t zero;

  template <typename T>
  T code(std::int32_t sum, std::int64_t s) const {
    const float weight = raw<float>(w_scale)[w_scale.size() == 1 ? 0 : s];
    const float value = static_cast<float>(sum) * (x_scale * weight / y_scale);
    constexpr float kLow = std::numeric_limits<T>::min(), kHigh = std::numeric_limits<T>::max();
    const auto offset = static_cast<float>(zero);
    const float rounded = std::nearbyint(value) + offset;
    return rounded != rounded ? static_cast<T>(zero)
                              : static_cast<T>(std::clamp(rounded, kLow, kHigh));
  }
};

}  // namespace xquant::runtime::ops
