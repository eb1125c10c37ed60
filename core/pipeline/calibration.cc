#include "pipeline/calibration.h"

#include "quantize/calibrate/calibrate.h"
#include "quantize/calibrate/oddities.h"

namespace xquant::pipeline {

quantize::ActivationStats calibrate(const FloatModel& source, const Observations& seen,
                                    quantize::Samples& samples, plan::QuantPlan& plan,
                                    FloatRecords& records, const Context& context) {
  const Graph& graph = source.graph();
  if (seen.state) records = {};
  quantize::ActivationStats stats = needed_stats(source, seen, plan, samples, records.recorders());
  const quantize::SampleNames names{samples.count(),
                                    [&](std::int64_t sample) { return samples.file_of(sample); }};
  quantize::report_oddities(graph, stats, plan, names, context.diagnostics);
  quantize::choose_activation_params(graph, stats, plan);
  quantize::choose_constant_params(graph, plan, context.diagnostics);
  return stats;
}

}  // namespace xquant::pipeline
