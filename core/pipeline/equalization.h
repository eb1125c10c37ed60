#pragma once

#include <vector>

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/policy/trace.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"

namespace xquant::pipeline {

/// Gives pixels to the first convolutions, scales, divides and repeats channels and columns of
/// weights of the float model where held-back samples gain by it; its function stays. subject is
/// about source and trace. When the model changed (source.program is another then), trace and plan
/// are made anew.
std::vector<quantize::StageRecord> equalize(FloatModel& source, const quantize::Subject& subject,
                                            quantize::Trace& trace, plan::QuantPlan& plan,
                                            const plan::Target& target, const Context& context);

}  // namespace xquant::pipeline
