#pragma once

#include "base/diagnostics.h"
#include "plan/quant_plan.h"
#include "quantize/reconstruct/reconstruct.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Whether finetune_level asks for more than calibration and the stages can run: no subgraphs, and
/// at least two samples. When they cannot, the diagnostics say why.
bool can_fine_tune(const Subject& subject, int level, Diagnostics& diagnostics);

/// What follows calibration from level 1 on: reconstruction, which goes on from the calibrated
/// plan. recorded: as for reconstruct().
Reconstruction fine_tune(const Subject& subject, const plan::QuantPlan& calibrated,
                         ReferenceRecorder* recorded);

}  // namespace xquant::quantize
