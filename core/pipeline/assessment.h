#pragma once

#include <span>

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "pipeline/quantized_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/calibrate/calibrate.h"
#include "quantize/calibrate/samples.h"
#include "quantize/stage_record.h"
#include "quantize/subject.h"
#include "report/content.h"
#include "report/float_samples.h"

namespace xquant::pipeline {

/// One run's decisions and results, as the summary and the report see them.
struct Outcome {
  const FloatModel& source;
  const plan::Target& target;
  const plan::QuantPlan& plan;
  const quantize::ActivationStats& stats;
  const QuantizedModel& quantized;
  std::span<const quantize::StageRecord> stages;
  const report::FloatSamples* recorded = nullptr;  ///< of the float model's runs
};

/// Counts and sizes; outputs stays empty.
Summary summarize(const Outcome& outcome, const quantize::Samples& samples);

/// Runs both models over the samples: fills in summary.outputs and returns the report's content.
report::Content assess(const Outcome& outcome, const quantize::Subject& source, Summary& summary,
                       const Context& context);

}  // namespace xquant::pipeline
