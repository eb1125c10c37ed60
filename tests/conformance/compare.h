#pragma once

#include <string>

#include "graph/tensor.h"

namespace xquant::conformance {

/// How far an element may be from what is expected: absolute + relative * |expected| + of_range
/// times the difference between the largest and the smallest expected number.
struct Tolerance {
  double absolute = 1e-7;  ///< what the ONNX backend tests ask for
  double relative = 1e-3;
  double of_range = 0.0;
};

/// "" when type and shape are equal and every element is close enough (NaN equals NaN), else what
/// is wrong.
std::string difference(const Tensor& got, const Tensor& expected, const Tolerance& tolerance = {});

}  // namespace xquant::conformance
