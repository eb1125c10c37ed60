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

/// What follows calibration from level 1 on: reconstruction. Level 2 also tries more rows and more
/// strengths of the ridge, level 3 also coordinate descent over the integers; the result with the
/// smallest error of the model's outputs on held-back samples is kept. Returns what each stage did,
/// tensor by tensor.
std::vector<StageRecord> fine_tune(const Subject& subject, int level, plan::QuantPlan& plan);

}  // namespace xquant::quantize
