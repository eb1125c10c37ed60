#pragma once

#include <optional>
#include <span>
#include <string>

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/collect_stats.h"
#include "quantize/calibrate/samples.h"
#include "quantize/policy/trace.h"
#include "quantize/state/calibration_state.h"

namespace xquant::pipeline {

/// What is known of the float model's values before there is a plan.
struct Observations {
  quantize::Trace trace;  ///< types and shapes
  /// From the `.xqcal` file of the job, when it names one.
  std::optional<quantize::CalibrationState> state;
};

/// Runs the first sample, or reads the job's calibration state. Throws Error(kData) with the reason
/// when the state is of another model, preprocessing or data.
Observations observe(const FloatModel& source, quantize::Samples& samples, const Context& context);

/// After a change of the float model: its values are no longer those of the state. The diagnostics
/// say that the data runs again.
void forget_state(Observations& seen, const Context& context);

/// The statistics that the plan needs, from the state or from a pass over the samples, at which
/// others look as well.
quantize::ActivationStats needed_stats(const FloatModel& source, const Observations& seen,
                                       const plan::QuantPlan& plan, quantize::Samples& samples,
                                       std::span<quantize::FloatRecorder* const> others);

/// One pass over the samples as a state for any plan.
quantize::CalibrationState run_for_state(const FloatModel& source, quantize::Samples& samples,
                                         const Context& context);

}  // namespace xquant::pipeline
