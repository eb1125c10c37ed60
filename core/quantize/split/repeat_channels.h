#pragma once

#include <cstddef>
#include <vector>

#include "quantize/split/channel_region.h"

namespace xquant::quantize {

/// How often each channel of a region shall occur; 1: as it is.
using Copies = std::vector<std::size_t>;

/// Gives the channels with the widest rows of weights as many copies as it takes to halve the range
/// of weights that have one scale for the whole tensor, as often as few more channels allow. All 1
/// when they allow no halving.
Copies choose_copies(const Graph& graph, const plan::QuantPlan& plan, const ChannelRegion& region);

/// The weight of the region's reader for so many copies: every element is shared out to as few of
/// its row's copies as keep it within the range that the widest row has afterwards. Weights with a
/// scale for each column stay in the first copy.
Tensor shared_out(const Graph& graph, const plan::ConstantOperand& reader, const Copies& copies);

/// The sum of squared errors of rounding the weight as the plan asks, the errors of a row's copies
/// added up: they meet the same input.
double rounding_error(const Graph& graph, const plan::ConstantOperand& reader,
                      const Copies& copies);

/// Writes the copies into constants and declared shapes. The function stays: where the copies of a
/// channel are equal, so are all their results, and the readers' shares add up.
void repeat_channels(const plan::QuantPlan& plan, const ChannelRegion& region, const Copies& copies,
                     Graph& graph);

}  // namespace xquant::quantize
