#pragma once

#include <limits>

namespace xquant::runtime {

/// Relu and Clip: z = v < low ? low : v; z > high ? high : z. NaN stays. As it is, so does
/// everything.
struct Bounds {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

}  // namespace xquant::runtime
