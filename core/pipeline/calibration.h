#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "pipeline/float_records.h"
#include "pipeline/observations.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/calibrate.h"
#include "quantize/calibrate/samples.h"

namespace xquant::pipeline {

/// Statistics from one pass of the float model over the samples, which fills the records too, or
/// from a calibration state, which empties them; then every group and constant of the plan has its
/// parameters.
quantize::ActivationStats calibrate(const FloatModel& source, const Observations& seen,
                                    quantize::Samples& samples, plan::QuantPlan& plan,
                                    FloatRecords& records, const Context& context);

}  // namespace xquant::pipeline
