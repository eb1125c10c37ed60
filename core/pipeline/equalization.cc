#include "pipeline/equalization.h"

#include "quantize/equalize/equalize.h"
#include "quantize/smooth/smooth.h"
#include "quantize/split/split.h"

namespace xquant::pipeline {
std::vector<quantize::StageRecord> equalize(FloatModel& source, const quantize::Subject& subject,
                                            const plan::QuantPlan& plan, const Context& context) {
  std::vector<quantize::StageRecord> records;
  if (auto scaled = quantize::equalize(subject, plan, records, context.diagnostics)) {
    source.model.graph = std::move(*scaled);
    source.program = recompiled(source.model);
  }
  if (auto smoothed = quantize::smooth(subject, plan, records)) {
    source.model.graph = std::move(*smoothed);
    source.program = recompiled(source.model);
  }
  if (auto wider = quantize::split_channels(subject, plan, records)) {
    source.model.graph = std::move(*wider);
    source.program = recompiled(source.model);
  }
  return records;
}

}  // namespace xquant::pipeline
