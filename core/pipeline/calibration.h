#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate.h"
#include "quantize/samples.h"
#include "quantize/trace.h"

namespace xquant::pipeline {

/// One pass of the float model over the samples; then every group and constant of the plan has its
/// parameters.
quantize::ActivationStats calibrate(const FloatModel& source, const quantize::Trace& trace,
                                    quantize::Samples& samples, plan::QuantPlan& plan,
                                    const Context& context);

}  // namespace xquant::pipeline
