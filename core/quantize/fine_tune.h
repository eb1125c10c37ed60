#pragma once

#include <string>

#include "base/diagnostics.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/reconstruct/reconstruct.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Whether finetune_level asks for more than calibration and the stages can run: no subgraphs, and
/// at least two samples. When they cannot, the diagnostics say why. cut: the setting that would
/// leave the subgraphs behind the int8 part; empty when there is none.
bool can_fine_tune(const Subject& subject, int level, const std::string& cut,
                   Diagnostics& diagnostics);

/// What follows calibration from level 1 on: reconstruction, which goes on from the calibrated
/// plan. Where that gains nothing, it is tried with the ranges of other whole methods as well, which
/// have to gain clearly: those that clip can be the best as long as weights are float, and spoil
/// what layers learn from.
/// stats: from which the plan was calibrated. recorded: as for reconstruct().
Reconstruction fine_tune(const Subject& subject, const ActivationStats& stats,
                         const plan::QuantPlan& calibrated, ReferenceRecorder* recorded);

}  // namespace xquant::quantize
