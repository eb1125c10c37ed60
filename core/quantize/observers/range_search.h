#pragma once

#include "quantize/observers/losses.h"
#include "quantize/observers/method.h"

namespace xquant::quantize {

/// The range with the smallest loss among ranges inside what was seen: both bounds shrink together,
/// then each by itself, in steps of 5 %. The whole range wins ties, and is the answer where there
/// is no histogram.
Range best_range(const TensorStats& stats, const Loss& loss);

/// The same, but start wins ties and is where each bound begins to shrink.
Range best_range(const TensorStats& stats, const Loss& loss, Range start);

}  // namespace xquant::quantize
