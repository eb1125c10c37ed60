#include "pipeline/float_records.h"

#include "quantize/calibrate/collect_stats.h"
#include "quantize/ranges/choose_ranges.h"

namespace xquant::pipeline {

std::vector<quantize::FloatRecorder*> FloatRecords::recorders() {
  std::vector<quantize::FloatRecorder*> all;
  const auto add = [&](auto& recorder) {
    if (recorder) all.push_back(&*recorder);
  };
  add(for_ranges);
  add(for_reconstruction);
  add(for_analysis);
  return all;
}

FloatRecords float_records(const quantize::Subject& subject, const plan::QuantPlan& plan,
                           bool fine_tunes, const config::Config& config) {
  FloatRecords records;
  const std::int64_t judges = quantize::samples_to_judge(subject, plan);
  if (judges > 0) records.for_ranges.emplace(subject, judges);
  if (fine_tunes) records.for_reconstruction.emplace(subject, plan, quantize::Effort{});
  if (config.quantization.analysis_enable) {
    std::vector<ValueId> tensors;
    for (const auto& [value, stats] : quantize::needed_stats(subject.graph, plan, subject.trace)) {
      tensors.push_back(value);
    }
    for (const ValueId output : subject.graph.outputs) tensors.push_back(output);
    records.for_analysis.emplace(subject.graph, subject.trace, tensors, subject.samples.count());
    if (!records.for_analysis->can_record()) records.for_analysis.reset();
  }
  return records;
}

}  // namespace xquant::pipeline
