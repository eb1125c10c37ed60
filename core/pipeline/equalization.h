#pragma once

#include <vector>

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::pipeline {

/// Scales and repeats channels of the float model where held-back samples gain by it; its function
/// stays. subject is about source. Afterwards shapes of a trace may be out of date.
std::vector<quantize::StageRecord> equalize(FloatModel& source, const quantize::Subject& subject,
                                            const plan::QuantPlan& plan, const Context& context);

}  // namespace xquant::pipeline
