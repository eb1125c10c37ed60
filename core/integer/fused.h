#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "integer/linear.h"
#include "runtime/kernel.h"

/// The operators that integer execution adds to a graph: an island of DequantizeLinear, operator
/// and QuantizeLinear as one node. Such graphs exist in memory only.
///
/// Domain kDomain; type and attributes are the float operator's. Operands come in triples (tensor,
/// scale, zero point), scale and zero point absent for an int32 bias; scale and zero point of the
/// result follow, absent when the result is float. All scales and zero points are constants.
/// Attributes kLow and kHigh bound the result's q: fused Relu and Clip; kOpset is
/// that of the model, where the operator changed its meaning.
namespace xquant::integer {

inline constexpr std::string_view kDomain = "xquant.int8";
inline constexpr std::string_view kLow = "xq_low";
inline constexpr std::string_view kHigh = "xq_high";
inline constexpr std::string_view kOpset = "xq_opset";
/// Of Table with rows for channels (match/region.h): dimensions behind them, or -1 for dimension 1,
/// and the rank of the constants.
inline constexpr std::string_view kBehind = "xq_behind";
inline constexpr std::string_view kRank = "xq_rank";

/// What a kernel reads from a node of kDomain.
class Fused {
 public:
  explicit Fused(const runtime::Setup& setup) : setup_(setup) {}

  std::size_t operands() const { return (setup_.node.inputs.size() - 2) / 3; }
  bool has(std::size_t operand) const {
    return operand < operands() && setup_.node.input(3 * operand) != ValueId::kNone;
  }
  /// Where the operand's tensor stands among the node's inputs.
  static constexpr std::size_t position(std::size_t operand) { return 3 * operand; }
  const Tensor* constant(std::size_t operand) const { return setup_.constant(3 * operand); }
  Linear linear(std::size_t operand) const { return linear_at(3 * operand + 1); }
  /// nullopt: the result is float.
  std::optional<Linear> result() const;
  std::int32_t low() const;
  std::int32_t high() const;
  const Node& node() const { return setup_.node; }

 private:
  Linear linear_at(std::size_t scale) const;

  const runtime::Setup& setup_;
};

}  // namespace xquant::integer
