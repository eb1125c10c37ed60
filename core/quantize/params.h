#pragma once

#include <functional>
#include <span>
#include <vector>

#include "graph/tensor.h"
#include "plan/quant_plan.h"
#include "quantize/observers/method.h"

namespace xquant::quantize {

/// Scales are never smaller: 2^-23.
inline constexpr float kMinScale = 1.1920928955078125e-07F;
/// Constants from here on stand for infinity, as in attention masks: they never become a scale.
inline constexpr float kMaskLike = 1e30F;

/// Asymmetric int8 over range widened to contain 0: scale = (high - low) / 255, zero point = -128 -
/// rint(low / scale). When low / scale is halfway between two integers, as it is for ranges even
/// about 0, the scale is that for which neither end is clipped (2a / 254 for [-a, a]): pixels that
/// a mean of 127.5 brings to [-1, 1] would all lie halfway between two steps, and pairs of them get
/// one integer.
plan::QuantParams asymmetric_params(Range range);

/// The parameters of an activation with this range: asymmetric_params, or symmetric ones (scale =
/// max(|low|, |high|) / 127, zero point 0), or with the next larger power of two as scale.
plan::QuantParams activation_params(Range range, const plan::ActivationRule& rule);

/// What int8 covers with the parameters of an activation.
Range range_of(const plan::QuantParams& params);

/// max|w| of the tensor, or for each index of axis.
std::vector<float> channel_magnitudes(const Tensor& weight, std::int64_t axis);

/// Symmetric int8: scale = max|w| / 127 for the tensor, or for each index of axis. A channel of
/// zeros gets scale 1.
plan::QuantParams symmetric_params(const Tensor& weight, std::int64_t axis);

/// Symmetric int8 with scales 2^k, one for the tensor or for each index of axis: of the two
/// neighbours of max|w| / 127 the one that leaves the smaller sum of squared errors (the smaller
/// scale clips, the larger one rounds more coarsely).
plan::QuantParams power_of_two_params(const Tensor& weight, std::int64_t axis = -1);

/// The parameters of a weight as the plan wants them, from its elements alone.
plan::QuantParams weight_params(const plan::ConstantOperand& operand, const Tensor& weight);

/// The smallest 2^k that is not below the scale, nor below kMinScale.
float power_of_two_above(float scale);

/// q = clamp(rint(x / scale) + zero_point) of every element, as DequantizeLinear's constant
/// operand.
Tensor quantize_tensor(const Tensor& tensor, const plan::QuantParams& params);
/// The int8 elements that the plan gives a constant operand: those it holds, else the nearest.
Tensor quantize_operand(const plan::ConstantOperand& operand, const Tensor& tensor);
/// (q - zero_point) * scale.
Tensor dequantize_tensor(const Tensor& tensor, const plan::QuantParams& params);
/// Shows elements of a constant operand beside what its integers stand for, a few thousand of one
/// channel at a time, in memory order.
void for_each_restored(
    const plan::ConstantOperand& operand, const Tensor& tensor,
    const std::function<void(std::span<const float>, std::span<const float>)>& visit);

}  // namespace xquant::quantize
