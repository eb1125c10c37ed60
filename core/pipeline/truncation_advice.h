#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/calibrate.h"

namespace xquant::pipeline {

/// Warns of every Concat behind the last computing operator whose operands' ranges are so unequal
/// that one of them keeps fewer than 16 of the 256 levels (boxes in pixels beside scores), and
/// proposes the truncate_var_names, or else the custom_setting, that keep it float.
void advise_truncation(const FloatModel& source, const plan::QuantPlan& plan,
                       const plan::Target& target, const quantize::ActivationStats& stats,
                       const Context& context);

}  // namespace xquant::pipeline
