#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/equalize/class_scales.h"
#include "quantize/observers/method.h"
#include "quantize/tune/sensitivity.h"

namespace xquant::quantize {

/// A channel of a tensor that is rounded with its group's scale.
struct RoundedChannel {
  const ChannelSensitivity* sensitivity;
  std::int32_t scale_class;  ///< ChannelClasses::kPinned when it cannot be scaled
};

/// The channels that a group rounds. Results of pass-through operators are left out: their values
/// are rounded already.
struct RoundedGroup {
  std::size_t group;  ///< index in QuantPlan::groups
  std::vector<RoundedChannel> channels;
};

/// The groups that have sensitivities, which must outlive the result.
std::vector<RoundedGroup> rounded_groups(const Graph& graph, const plan::QuantPlan& plan,
                                         const ChannelClasses& classes,
                                         const Sensitivities& sensitivities);

/// Scales of channel classes for which rounding activations, each group over the range that its
/// channels then need, adds least to the outputs' loss: unlike choose_class_scales, a class that
/// several tensors share goes by what each of them costs. The noise of a group is its step squared
/// / 12 times the sum of cost s^2 (a channel divided by s has derivatives s times as large).
ClassScales sensitive_class_scales(std::size_t classes, const std::vector<RoundedGroup>& groups);

/// What the group's channels span when they are divided by the scales.
Range range_of(const RoundedGroup& group, const ClassScales& scales);

}  // namespace xquant::quantize
