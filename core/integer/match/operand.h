#pragma once

#include <optional>

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
  /// An 8-bit activation with one scale.
  bool is_activation() const {
    return linear && linear->is_eight_bit() && linear->per_tensor() && constant == nullptr;
  }
  bool is_int8_constant() const { return linear && linear->is_eight_bit() && constant != nullptr; }
};

Operand resolve(const Graph& graph, ValueId value);

}  // namespace xquant::integer
