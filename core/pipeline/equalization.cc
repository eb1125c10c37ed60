#include "pipeline/equalization.h"

#include <utility>

#include "pipeline/planning.h"
#include "quantize/columns/scale_columns.h"
#include "quantize/equalize/equalize.h"
#include "quantize/pixels/exact_pixels.h"
#include "quantize/smooth/smooth.h"
#include "quantize/split/split.h"

namespace xquant::pipeline {
std::vector<quantize::StageRecord> equalize(FloatModel& source, const quantize::Subject& subject,
                                            quantize::Trace& trace, plan::QuantPlan& plan,
                                            const plan::Target& target, const Context& context) {
  const auto replan = [&](const Graph& graph) {
    FloatModel changed = source;
    changed.model.graph = graph;
    quantize::Replanned result{.program = recompiled(changed.model), .trace = {}, .plan = {}};
    result.trace = quantize::trace(graph, result.program, subject.samples.first());
    Diagnostics said_before;
    const Context quiet{context.job, context.files, context.monitor, context.pool, said_before};
    result.plan = plan_model(changed, result.trace, target, quiet);
    return result;
  };
  const auto take = [&](std::optional<Graph> changed) {
    if (!changed) return;
    source.model.graph = std::move(*changed);
    quantize::Replanned anew = replan(source.graph());
    source.program = std::move(anew.program);
    trace = std::move(anew.trace);
    plan = std::move(anew.plan);
  };
  std::vector<quantize::StageRecord> records;
  if (auto changed = quantize::exact_pixels(subject, plan, records)) {
    source.known_ranges.merge(changed->ranges);
    take(std::move(changed->graph));
  }
  take(quantize::equalize(subject, plan, records, context.diagnostics));
  if (auto changed = quantize::scale_columns(subject, plan, records)) {
    source.stays_float.merge(changed->stays_float);
    take(std::move(changed->graph));
  }
  take(quantize::split_channels(subject, plan, records));
  take(quantize::smooth(subject, plan, replan, records));
  return records;
}

}  // namespace xquant::pipeline
