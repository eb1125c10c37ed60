#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/subject.h"

namespace xquant::report {

/// A higher precision_level, and what it is worth.
struct LevelAdvice {
  int level = 0;
  std::size_t operators = 0;  ///< so many more of them float
  /// Signal over noise of the model's outputs as it is, and what can be expected there before
  /// fine-tuning; dB on a few calibration samples.
  double outputs_db = 0;
  double level_outputs_db = 0;
};

/// {"quantization_parameters":{"precision_level":N}}
std::string precision_level_json(int level);

/// The plan that a precision_level makes; parameters need not be known.
struct LevelPlan {
  int level = 0;
  plan::QuantPlan plan;
};

/// Which of the levels, lowest first, halve the outputs' noise at least, each beside the ones
/// before it: what is worth that many operators in float. The noise to expect is what the present
/// plan's weights make of its own, and what the level's activations make when they are rounded over
/// their whole range, without outliers or as the present plan has them, whichever is best. (What an
/// operator brings alone, what_if measures; here none of many may bring anything alone.)
std::vector<LevelAdvice> measure_levels(const quantize::Subject& subject,
                                        const plan::QuantPlan& present,
                                        const quantize::ActivationStats& stats,
                                        const std::vector<LevelPlan>& levels);

}  // namespace xquant::report
