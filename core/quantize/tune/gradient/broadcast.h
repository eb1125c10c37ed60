#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/tensor.h"

namespace xquant::quantize {

/// For every element of a result of shape `to`, the element of an operand of shape `from` that
/// broadcasting (ONNX, as NumPy's) reads for it.
std::vector<std::int32_t> broadcast_sources(std::span<const std::int64_t> from,
                                            std::span<const std::int64_t> to);

/// Adds derivatives by a broadcast operand's elements to those by the operand itself: the sum over
/// every place where an element was read.
void add_reduced(std::span<const float> gradient, std::span<const std::int64_t> gradient_shape,
                 std::span<const std::int64_t> operand_shape, std::span<float> operand);

}  // namespace xquant::quantize
