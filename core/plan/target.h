#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xquant::plan {

/// How the constant weight of an operator type is quantized (always symmetric int8).
struct WeightRule {
  bool per_channel = false;   ///< one scale for each output channel
  bool power_of_two = false;  ///< scales are 2^k
};

/// How activations are quantized (always int8, one scale for the tensor).
struct ActivationRule {
  bool symmetric = false;     ///< zero point 0
  bool power_of_two = false;  ///< scales are 2^k
  bool operator==(const ActivationRule&) const = default;
};

/// When the result of a pass-through operator gets Q and DQ nodes of its own (their parameters are
/// its input's).
enum class PassThroughQdq {
  kFanOut,  ///< only where several nodes read it, and for Split
  kAlways,
};

/// What a runtime accepts: which operators run in int8, with which types and granularities, and
/// which neighbours it fuses. Read from a data file of targets/; a new target needs no code.
struct Target {
  std::string name;
  std::string description;
  std::set<std::string, std::less<>> quantizable;
  std::set<std::string, std::less<>> computing;
  std::set<std::string, std::less<>> pass_through;
  /// Activations that make one unit with any int8 operator before them, or with a computing one
  /// only. "SiLU" stands for x * Sigmoid(x).
  std::set<std::string, std::less<>> fused_after_any;
  std::set<std::string, std::less<>> fused_after_computing;
  bool fused_matmul_bias = false;  ///< MatMul + Add of a constant is one unit
  /// Operators whose int8 form can hand on floats -> the lowest precision_level at which it does,
  /// where no int8 operator reads the result.
  std::map<std::string, int, std::less<>> float_results;
  std::map<std::string, WeightRule, std::less<>> weights;
  ActivationRule activations;
  PassThroughQdq pass_through_qdq = PassThroughQdq::kFanOut;
};

/// The target of that name. Throws Error(kConfig) listing the known ones.
Target target(std::string_view name);
/// The target that a text describes, in the form of targets/*.json. Throws Error(kConfig) naming
/// the entry that is missing, unknown or of another kind.
Target parse_target(std::string_view text);
std::vector<std::string> target_names();

}  // namespace xquant::plan
