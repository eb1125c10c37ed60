#pragma once

#include <cstddef>

namespace xquant::runtime::activation {

// Activations of float arrays, with the bits of the scalar formulas beside them. NaN stays NaN. x
// and y may be the same.

/// x < 0 ? 0 : x
void relu(const float* x, float* y, std::size_t n);
/// x < 0 ? alpha * x : x
void leaky_relu(float alpha, const float* x, float* y, std::size_t n);
/// z = x < low ? low : x;  z > high ? high : z
void clip(float low, float high, const float* x, float* y, std::size_t n);

/// max(0, min(1, alpha * x + beta))
void hard_sigmoid(float alpha, float beta, const float* x, float* y, std::size_t n);
/// x * max(0, min(1, x * (1 / 6) + 1 / 2))
void hard_swish(const float* x, float* y, std::size_t n);

/// q * scale with q = x / scale rounded to the nearest integer, ties to even, within [low, high];
/// 0 for NaN: what DequantizeLinear makes of QuantizeLinear's codes when low and high are the ends
/// of the codes less the zero point.
void round_trip(float scale, int low, int high, const float* x, float* y, std::size_t n);

}  // namespace xquant::runtime::activation
