#pragma once

#include <cstddef>

namespace xquant::runtime::depthwise {

/// One output row of a depthwise convolution: y[x] = sum over taps t, in their order and starting
/// at 0, of weights[t] * taps[t][x]; then + *bias when given. Reads up to slack() floats beyond the
/// end of every tap.
void convolve_row(const float* const* taps, const float* weights, std::size_t tap_count,
                  const float* bias, float* y, std::size_t n);

/// Floats that have to be readable beyond the end of a tap.
std::size_t slack();

}  // namespace xquant::runtime::depthwise
