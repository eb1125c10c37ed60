#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// What finetune_level asks for beyond calibration: 0 nothing; 1 reconstruction. Needs a calibrated
/// plan and changes it; every change has won on held-back calibration samples. Returns what each
/// stage did, tensor by tensor.
std::vector<StageRecord> fine_tune(const Subject& subject, int level, plan::QuantPlan& plan,
                                   Diagnostics& diagnostics);

}  // namespace xquant::quantize
