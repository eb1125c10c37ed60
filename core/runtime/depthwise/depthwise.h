#pragma once

#include <cstddef>

#include "runtime/bounds.h"

namespace xquant::runtime::depthwise {

/// What is computed of one channel: rows of n outputs each.
struct Rows {
  std::size_t count, n;
  std::size_t tap_step;  ///< floats from a row of a tap to the next
  std::size_t y_step;    ///< floats from a row of y to the next
};

/// Output rows of a depthwise convolution: y[x] = sum over taps t, in their order and starting at
/// 0, of weights[t] * taps[t][x]; then + *bias when given, within the bounds. Reads up to slack()
/// floats beyond the end of every tap.
void convolve(const float* const* taps, const float* weights, std::size_t tap_count,
              const float* bias, const Bounds& bounds, float* y, const Rows& rows);

/// About what one tap of a row of n outputs takes, in half vectors.
std::size_t row_cost(std::size_t n);

/// Floats that have to be readable beyond the end of a tap.
std::size_t slack();

}  // namespace xquant::runtime::depthwise
