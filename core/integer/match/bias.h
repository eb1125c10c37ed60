#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/match/operand.h"

namespace xquant::integer {

/// The bias of a multiply-accumulate operator as its accumulators take it.
///
/// An accumulator of channel c counts units of unit[c] = f32(x scale * w scale[c]). An int32 bias
/// whose DequantizeLinear has that scale is used as it is. Any other bias b is real and becomes
/// rhe(b / unit), at most half a unit off, which is what a chip that adds it in int32 computes.
struct Bias {
  std::vector<std::int32_t> values{};  ///< one for each output channel; empty: none
  bool is_rounded = false;             ///< came as real numbers
  double largest_rounding = 0;         ///< of them, in units; at most 0.5
  std::string why_not{};               ///< in words, when it cannot be added in int32
};

/// The bias of an operator with these units. factor: Gemm's beta.
Bias int32_bias(const Operand& bias, const std::vector<float>& units, std::size_t channels,
                float factor = 1.0F);

/// Whether an int32 bias scale is the product of the other scales but for its rounding.
bool is_product(float bias_scale, float unit);

}  // namespace xquant::integer
