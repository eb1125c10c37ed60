#pragma once

#include <string>

#include "graph/tensor.h"

namespace xquant::conformance {

/// "" when type and shape are equal and every element is as close as the ONNX backend tests ask for
/// (|got - expected| <= 1e-7 + 1e-3 * |expected|; NaN equals NaN), else what is wrong.
std::string difference(const Tensor& got, const Tensor& expected);

}  // namespace xquant::conformance
