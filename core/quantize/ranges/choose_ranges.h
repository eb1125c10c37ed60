#pragma once

#include <cstdint>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// What calibration type `default` is: of the calibration methods the one whose ranges leave the
/// smallest error of the model's outputs. Weights stay float for that, so that only what no later
/// stage can repair counts. Some samples are divided into two halves, and of a method's two errors
/// the larger one counts: what looks good on one half by chance is not chosen. Then tensors with
/// outliers many times as large as the rest are clipped as far as the outputs gain by it. Groups of
/// another calibration type keep their ranges. Takes a plan whose activations are calibrated.
/// recorded: what a pass of the float model left of samples_to_judge(), which then need not run
/// again; or nullptr.
void choose_ranges(const Subject& subject, const ActivationStats& stats, plan::QuantPlan& plan,
                   std::vector<StageRecord>& records, OutputsRecorder* recorded = nullptr);

/// The plan's groups with the ranges of that rule where the configuration leaves the choice.
std::vector<plan::Group> open_groups_with(const Subject& subject, const ActivationStats& stats,
                                          const plan::QuantPlan& plan,
                                          const plan::CalibrationRule& rule);

/// Whether the plan's ranges are those of no whole method: outliers had to be limited.
bool are_limited(const Subject& subject, const ActivationStats& stats, const plan::QuantPlan& plan);

/// How many samples that looks at; 0 when every group has a calibration type of its own.
std::int64_t samples_to_judge(const Subject& subject, const plan::QuantPlan& plan);

/// Multiplications that this takes, about.
double ranges_work(const Subject& subject);

}  // namespace xquant::quantize
