#pragma once

#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// An int8 operator adds its bias in units of x scale * w scale, in an int32 accumulator. Two
/// things go wrong with weight scales that only look at the weights: near zero they make units so
/// small that the bias does not fit (|b| <= 2^28 units leaves three bits for the products and for
/// corrections of the bias), and a channel of zeros, whose result is its bias alone, has no scale.
///
/// Raises the scales of a weight of Conv, ConvTranspose or Gemm until the bias fits, and gives
/// channels of zeros the unit in which the bias has the 24 bits of a float. Activation ranges must
/// be chosen already. Power-of-two scales stay powers of two.
void make_room_for_bias(const Graph& graph, const plan::QuantPlan& plan,
                        plan::ConstantOperand& operand);

/// For each scale of a calibrated weight: below what it must not go. Where it is larger than max|w|
/// / 127 the bias asked for it; else kMinScale.
std::vector<float> least_scales(const plan::ConstantOperand& operand, const Tensor& weight);

}  // namespace xquant::quantize
