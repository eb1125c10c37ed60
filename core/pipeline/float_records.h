#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "plan/quant_plan.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/reconstruct/float_reference.h"
#include "quantize/subject.h"
#include "report/float_samples.h"

namespace xquant::pipeline {

/// What the one pass of the float model over all samples leaves for the stages behind calibration,
/// so that none of them runs it again. Empty where there was no pass.
struct FloatRecords {
  std::optional<quantize::OutputsRecorder> for_ranges{};
  std::optional<quantize::ReferenceRecorder> for_reconstruction{};
  std::optional<report::FloatSamples> for_analysis{};

  std::vector<quantize::FloatRecorder*> recorders();
};

/// Ready to record what the configuration's stages will ask for.
FloatRecords float_records(const quantize::Subject& subject, const plan::QuantPlan& plan,
                           bool fine_tunes, const config::Config& config);

}  // namespace xquant::pipeline
