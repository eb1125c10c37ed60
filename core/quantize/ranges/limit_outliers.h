#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"

namespace xquant::quantize {

/// The groups whose calibration type is left open, with ranges of at most `ratio` times what holds
/// all but one in a hundred of the root's values. Groups without such outliers stay as they are,
/// and so do those whose values have a known range, or are zero but for one in a hundred.
std::vector<plan::Group> limit_outliers(const ActivationStats& stats,
                                        std::vector<plan::Group> groups, double ratio);

}  // namespace xquant::quantize
