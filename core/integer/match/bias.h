#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/match/operand.h"

namespace xquant::integer {

/// What a bias is added in: int64 where a tensor has 16 bits, whose units are that much smaller
/// (int8/xq_wide.h: |bias| <= 2^52).
enum class BiasType { kInt32, kInt64 };

/// The bias of a multiply-accumulate operator as its accumulators take it.
///
/// An accumulator of channel c counts units of unit[c] = f32(x scale * w scale[c]). An int32 bias
/// whose DequantizeLinear has that scale is used as it is. Any other bias b is real and becomes
/// rhe(b / unit), at most half a unit off, which is what a chip that adds it as an integer
/// computes.
struct Bias {
  BiasType type = BiasType::kInt32;
  std::vector<std::int64_t> values{};  ///< one for each output channel; empty: none
  bool is_rounded = false;             ///< came as real numbers
  double largest_rounding = 0;         ///< of them, in units; at most 0.5
  std::string why_not{};               ///< in words, when it cannot be added
};

/// The bias of an operator with these units. factor: Gemm's beta.
Bias integer_bias(const Operand& bias, const std::vector<float>& units, std::size_t channels,
                  float factor, BiasType type);

/// Its values, of its type.
Tensor bias_tensor(const Bias& bias);

/// Whether an int32 bias scale is the product of the other scales but for its rounding.
bool is_product(float bias_scale, float unit);

}  // namespace xquant::integer
