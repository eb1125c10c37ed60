#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Whether finetune_level asks for more than calibration and the stages can run: no subgraphs, and
/// at least two samples. When they cannot, the diagnostics say why.
bool can_fine_tune(const Subject& subject, int level, Diagnostics& diagnostics);

/// What follows calibration from level 1 on: reconstruction. Returns what it did, tensor by tensor.
std::vector<StageRecord> fine_tune(const Subject& subject, plan::QuantPlan& plan);

}  // namespace xquant::quantize
