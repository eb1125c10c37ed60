#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xquant::integer {

enum class Execution {
  kInt8,         ///< quantized operands and result, of 8 bits, or 16 where the reason says so
  kInt8ToFloat,  ///< 8-bit operands, int32 accumulators, float result
  kFloat,
};

/// How one operator of the model runs, and why.
struct Decision {
  std::string node{};
  std::string op_type{};
  Execution execution = Execution::kFloat;
  std::string reason{};  ///< in words: what keeps it float, or what made it int8 where that is no
                         ///< matter of course
};

/// Why sums of `depth` products are float where integer kernels add up `deepest` (deepest_sum()).
inline std::string too_deep(std::size_t depth, std::size_t deepest) {
  return "its sums of " + std::to_string(depth) + " products can leave int32, which holds " +
         std::to_string(deepest) + " of any operands";
}

/// Why an operator runs as another one does.
inline std::string part_of(const std::string& node) { return "part of '" + node + "'"; }

/// Nodes that run as one with quantized operands; names are those of Lowered::reference.
struct Island {
  std::string node{};                 ///< the operator it is named after
  std::string op_type{};              ///< of that operator
  std::vector<std::string> inputs{};  ///< quantized tensors that change from run to run, each once
  std::string output{};               ///< quantized, or float for Execution::kInt8ToFloat
  double bias_rounding = 0;           ///< largest, in units of the accumulator; 0 for an int32 bias
  bool operator==(const Island&) const = default;
};

}  // namespace xquant::integer
