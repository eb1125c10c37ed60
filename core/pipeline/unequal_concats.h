#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/calibrate/calibrate.h"

namespace xquant::pipeline {

/// Leaves every Concat float behind the last computing operator whose operands' ranges are so
/// unequal that one of them would keep fewer than 16 of the 256 levels (boxes in pixels beside
/// scores), with all that follows it: its operands stay int8, each with a scale of its own. Warns,
/// and proposes the truncate_var_names that end the int8 part there. The plan is calibrated.
void release_unequal_concats(const FloatModel& source, const plan::Target& target,
                             const quantize::ActivationStats& stats, plan::QuantPlan& plan,
                             const Context& context);

}  // namespace xquant::pipeline
