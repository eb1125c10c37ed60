#pragma once

#include <string>
#include <vector>

namespace xquant::integer {

enum class Execution {
  kInt8,         ///< 8-bit operands and result
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

/// Nodes that run as one with 8-bit operands; names are those of Lowered::reference.
struct Island {
  std::string node{};                 ///< the operator it is named after
  std::string op_type{};              ///< of that operator
  std::vector<std::string> inputs{};  ///< quantized tensors that change from run to run, each once
  std::string output{};               ///< quantized, or float for Execution::kInt8ToFloat
  double bias_rounding = 0;           ///< largest, in units of the accumulator; 0 for an int32 bias
  bool operator==(const Island&) const = default;
};

}  // namespace xquant::integer
