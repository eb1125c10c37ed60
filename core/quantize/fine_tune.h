#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "plan/quant_plan.h"
#include "quantize/collect_stats.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Whether finetune_level asks for more than calibration and the stages can run: no subgraphs, and
/// at least two samples. When they cannot, the diagnostics say why.
bool can_fine_tune(const Subject& subject, int level, Diagnostics& diagnostics);

/// What follows calibration from level 1 on: groups whose calibration type is `default` get the
/// whole range seen (reconstruction makes up for coarser steps, not for clipped values), then
/// reconstruction; above level 1 on more samples and rows and with more strengths of the ridge, at
/// level 3 with coordinate descent over the integers. Changes the plan; every layer's change has
/// won on held-back calibration samples. Returns what each stage did, tensor by tensor.
std::vector<StageRecord> fine_tune(const Subject& subject, const ActivationStats& stats, int level,
                                   plan::QuantPlan& plan);

}  // namespace xquant::quantize
