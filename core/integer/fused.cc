#include "integer/fused.h"

#include <string>

namespace xquant::integer {

Linear Fused::linear_at(std::size_t scale) const {
  const Tensor& scales = *setup_.constant(scale);
  const Tensor& zeros = *setup_.constant(scale + 1);
  Linear linear{.type = zeros.type()};
  linear.scales.assign(scales.data<float>().begin(), scales.data<float>().end());
  for (std::size_t i = 0; i < linear.scales.size(); ++i)
    linear.zero_points.push_back(code_at(zeros, i));
  if (linear.scales.size() > 1) linear.axis = 0;
  return linear;
}

std::optional<Linear> Fused::result() const {
  const std::size_t scale = 3 * operands();
  if (setup_.node.input(scale) == ValueId::kNone) return {};
  return linear_at(scale);
}

std::int32_t Fused::low() const {
  return static_cast<std::int32_t>(setup_.node.int_or(kLow, lowest(result()->type)));
}

std::int32_t Fused::high() const {
  return static_cast<std::int32_t>(setup_.node.int_or(kHigh, highest(result()->type)));
}

}  // namespace xquant::integer
