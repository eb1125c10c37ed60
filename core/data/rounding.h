#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace xquant::data {

/// The nearest byte; halves go to even. Needs the default rounding mode.
inline std::uint8_t saturate_to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0f, 255.0f));
}

}  // namespace xquant::data
