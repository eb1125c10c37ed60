#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/policy/trace.h"

namespace xquant::pipeline {

/// The target of the configuration with its weight scheme. Throws Error(kConfig) with the place.
plan::Target configured_target(const config::Config& config);

/// What becomes of every operator and tensor by the configuration; entries of it that match nothing
/// are named in the diagnostics.
plan::QuantPlan plan_model(const FloatModel& source, const quantize::Trace& trace,
                           const plan::Target& target, const Context& context);

/// The same with another precision_level for the model; nothing is named.
plan::QuantPlan plan_at_level(config::PrecisionLevel level, const FloatModel& source,
                              const quantize::Trace& trace, const plan::Target& target,
                              const Context& context);

}  // namespace xquant::pipeline
