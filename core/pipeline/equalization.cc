#include "pipeline/equalization.h"

#include "quantize/equalize/equalize.h"
#include "quantize/smooth/smooth.h"

namespace xquant::pipeline {
namespace {

/// As the model was compiled when it was loaded: operators at its end may be unknown.
std::shared_ptr<const runtime::Program> compiled(const Model& model) {
  return runtime::Program::compile(model.graph, model.opset_imports,
                                   {.obstacles = runtime::Obstacles::kLeaveOut});
}

}  // namespace

std::vector<quantize::StageRecord> equalize(FloatModel& source, const quantize::Subject& subject,
                                            const plan::QuantPlan& plan, const Context& context) {
  std::vector<quantize::StageRecord> records;
  if (auto scaled = quantize::equalize(subject, plan, records, context.diagnostics)) {
    source.model.graph = std::move(*scaled);
    source.program = compiled(source.model);
  }
  if (auto smoothed = quantize::smooth(subject, plan, records)) {
    source.model.graph = std::move(*smoothed);
    source.program = compiled(source.model);
  }
  return records;
}

}  // namespace xquant::pipeline
