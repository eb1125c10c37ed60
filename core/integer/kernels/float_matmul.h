#pragma once

#include <memory>
#include <optional>

#include "integer/linear.h"
#include "runtime/kernel.h"
#include "runtime/program.h"

namespace xquant::integer::kernels {

/// DequantizeLinear of both operands, MatMul and, unless the result is float, QuantizeLinear, by
/// the runtime: what a product of two activations stands for, and what it is where int32 may not
/// hold its sums.
class FloatMatMul {
 public:
  FloatMatMul(const Linear& a, const Linear& b, const std::optional<Linear>& to);

  /// Fills y, whose shape is that of the product.
  void run(const runtime::TensorView& a, const runtime::TensorView& b,
           const runtime::MutableView& y, ThreadPool* pool) const;

 private:
  std::shared_ptr<const runtime::Program> program_;
};

}  // namespace xquant::integer::kernels
