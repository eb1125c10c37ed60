#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/collect_stats.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// What calibration type `default` is: of the calibration methods the one whose ranges leave the
/// smallest error of the model's outputs. Weights stay float for that, so that only what no later
/// stage can repair counts. Some samples are divided into two halves, and of a method's two errors
/// the larger one counts: what looks good on one half by chance is not chosen. Then tensors with
/// outliers many times as large as the rest are clipped as far as the outputs gain by it. Groups of
/// another calibration type keep their ranges. Takes a plan whose activations are calibrated.
void choose_ranges(const Subject& subject, const ActivationStats& stats, plan::QuantPlan& plan,
                   std::vector<StageRecord>& records);

/// Multiplications that this takes, about.
double ranges_work(const Subject& subject);

}  // namespace xquant::quantize
