#pragma once

#include <span>
#include <vector>

#include "quantize/equalize/channel_classes.h"
#include "quantize/equalize/channel_ranges.h"
#include "quantize/equalize/coarse_weights.h"

namespace xquant::quantize {

/// A positive number for each class: channels of the class are divided by it. 1 for the pinned one.
using ClassScales = std::vector<float>;

/// Scales that bring the channels of every tensor nearer to its widest one. A class gets the
/// geometric mean, over the tensors it occurs in, of its range relative to the widest channel
/// there, to the power of `strength`: 1 equalizes chains completely, 0 does nothing. No channel is
/// widened more than 64^strength times, so that dead channels stay small. Weights with one scale
/// count as tensors do: their outputs in the same way, their inputs the other way round.
ClassScales choose_class_scales(const ChannelClasses& classes, const RangesByValue& ranges,
                                std::span<const WeightExtents> weights, float strength);

/// Each scale's nearest power of two. Scaling by these rounds nothing: the float outputs keep their
/// bits.
ClassScales to_powers_of_two(const ClassScales& scales);

/// The same function with scaled channels: weights, biases and per-channel constants of the graph
/// are replaced (Nagel et al. 2019, generalized to classes of channels).
void apply_class_scales(const Trace& trace, const ChannelClasses& classes,
                        const ClassScales& scales, Graph& graph);

}  // namespace xquant::quantize
