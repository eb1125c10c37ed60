#pragma once

#include <limits>
#include <span>

namespace xquant::quantize {

/// Smallest and largest of some floats.
struct Extent {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  bool finite = true;  ///< all of them; otherwise NaN was passed over
};

Extent extent_of(std::span<const float> values);

}  // namespace xquant::quantize
