#pragma once

#include <optional>
#include <string>

#include "graph/graph.h"
#include "integer/linear.h"

namespace xquant::integer {

/// What stands behind a float operand.
struct Operand {
  ValueId value = ValueId::kNone;      ///< as the operator reads it
  ValueId quantized = ValueId::kNone;  ///< what a DequantizeLinear makes it from
  std::optional<Linear> linear{};      ///< of that DequantizeLinear, when it is known
  const Tensor* constant = nullptr;    ///< of quantized, else of value

  bool present() const { return value != ValueId::kNone; }
  /// With one scale; an activation or a constant.
  bool is_eight_bit() const { return linear && linear->is_eight_bit() && linear->per_tensor(); }
  bool is_activation() const { return is_eight_bit() && constant == nullptr; }
  /// The same of 8 or 16 bits.
  bool is_coded() const { return linear && linear->is_coded() && linear->per_tensor(); }
  bool is_coded_activation() const { return is_coded() && constant == nullptr; }
  /// Of 8 or 16 bits, with any scales.
  bool is_coded_constant() const { return linear && linear->is_coded() && constant != nullptr; }
};

Operand resolve(const Graph& graph, ValueId value);

/// What keeps an operand from being a tensor of 8 or 16 bits with one scale: "comes in float", ...
std::string why_not_coded(const Operand& operand);

/// A constant in float: as it is, or as its DequantizeLinear makes it.
std::optional<Tensor> real_constant(const Operand& operand);

/// Its operator and its name.
std::string describe(const Node& node);

}  // namespace xquant::integer
