#pragma once

#include <cmath>
#include <vector>

#include "int8/xq_int8.h"
#include "integer/fused.h"
#include "runtime/kernel.h"

/// The runtime's and the model's terms in those of int8/xq_int8.h.
namespace xquant::integer::kernels {

/// A tensor with one scale.
inline xq_quant quant_of(const Linear& linear) {
  return xq_quant_of(type_of(linear.type), linear.scales[0], linear.zero_points[0]);
}

/// The result of a node, with the bounds of fused activations.
inline xq_quant result_of(const Fused& fused) {
  xq_quant quant = quant_of(*fused.result());
  quant.qmin = fused.low();
  quant.qmax = fused.high();
  return quant;
}

inline xq_codes codes_of(const runtime::TensorView& view, std::int32_t zero_point) {
  return {view.data, type_of(view.type), zero_point};
}

/// The factor from a product of codes to the result. Scales that no quantizer writes together
/// multiply to infinity.
inline float finite_multiplier(float multiplier) {
  if (!std::isfinite(multiplier))
    runtime::refuse("The scales of the operands and of the result have a quotient beyond float.");
  return multiplier;
}

inline std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// At most XQ_MAX_RANK dimensions.
inline xq_shape shape_of(std::span<const std::int64_t> dims) {
  xq_shape shape{};
  shape.rank = dims.size();
  for (std::size_t d = 0; d < dims.size(); ++d) shape.dims[d] = size(dims[d]);
  return shape;
}

}  // namespace xquant::integer::kernels
