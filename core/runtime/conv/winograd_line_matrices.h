#pragma once

#include <array>
#include <cstddef>

namespace xquant::runtime::conv::line {

// Cook's and Toom's matrices of F(m, r) with m + r = 7 at the points 0, 1, -1, 1/2, -2 and
// infinity. Of the usual sets of six points these have the smallest error for 3 taps
// (tests/runtime/winograd_tiles.py).

inline constexpr std::size_t kElements = 6;

/// B^T, the same for every m: row p holds the coefficients of the product over the other points q
/// of (x - q); the last row those of all five.
inline constexpr float kInput[kElements][kElements] = {
    {1.0f, -1.5f, -2.0f, 1.5f, 1.0f, 0.0f}, {0.0f, -1.0f, 0.5f, 2.5f, 1.0f, 0.0f},
    {0.0f, 1.0f, -2.5f, 0.5f, 1.0f, 0.0f},  {0.0f, -2.0f, -1.0f, 2.0f, 1.0f, 0.0f},
    {0.0f, 0.5f, -1.0f, -0.5f, 1.0f, 0.0f}, {0.0f, 1.0f, -1.5f, -2.0f, 1.5f, 1.0f},
};

inline constexpr double kPoints[kElements - 1] = {0.0, 1.0, -1.0, 0.5, -2.0};
/// Of each point, the product of its distances to the others.
inline constexpr double kScale[kElements - 1] = {1.0, 3.0, -3.0, -0.9375, 15.0};

constexpr double power(double point, std::size_t exponent) {
  double result = 1.0;
  for (; exponent > 0; --exponent) result *= point;
  return result;
}

/// A^T of m outputs: entry (j, p) is the point to the power of j; infinity has the last row only.
constexpr float output(std::size_t outputs, std::size_t j, std::size_t p) {
  if (p + 1 == kElements) return j + 1 == outputs ? 1.0f : 0.0f;
  return static_cast<float>(power(kPoints[p], j));
}

/// G g: row p is the kernel's polynomial at the point, over kScale; the last is its last tap.
inline std::array<double, kElements> expand(const float* g, std::size_t taps) {
  std::array<double, kElements> u{};
  for (std::size_t p = 0; p + 1 < kElements; ++p) {
    for (std::size_t k = 0; k < taps; ++k) u[p] += power(kPoints[p], k) * static_cast<double>(g[k]);
    u[p] /= kScale[p];
  }
  u[kElements - 1] = static_cast<double>(g[taps - 1]);
  return u;
}

}  // namespace xquant::runtime::conv::line
