#include "pipeline/pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/cancellation.h"
#include "pipeline/assessment.h"
#include "pipeline/calibration.h"
#include "pipeline/context.h"
#include "pipeline/equalization.h"
#include "pipeline/float_model.h"
#include "pipeline/guarded_files.h"
#include "pipeline/naming_file.h"
#include "pipeline/observations.h"
#include "pipeline/planning.h"
#include "pipeline/proposed_cut.h"
#include "pipeline/quantized_model.h"
#include "pipeline/scope.h"
#include "pipeline/unequal_concats.h"
#include "quantize/fine_tune.h"
#include "quantize/pixels/pixel_input.h"
#include "quantize/ranges/choose_ranges.h"
#include "quantize/tune/tune.h"

namespace xquant::pipeline {

namespace {

Result run_stages(const Paths& paths, const plan::Target& target, const Context& context) {
  const auto& [job, files, monitor, pool, diagnostics] = context;
  FloatModel source = load_float_model(paths.model, context);
  quantize::Samples samples = open_samples(source, context);
  source.known_ranges = quantize::pixel_ranges(source.graph(), samples);
  Observations seen = observe(source, samples, context);
  plan::QuantPlan plan = plan_model(source, seen.trace, target, context);
  const quantize::Subject subject{
      source.graph(), source.model.opset_imports, source.program, seen.trace, samples, pool,
      monitor};
  const int level = job.config.quantization.finetune_level;
  const bool tuned = quantize::can_fine_tune(
      subject, level, cut_before_control_flow(source.graph(), target), diagnostics);
  std::vector<quantize::StageRecord> stages;
  if (tuned) {
    const auto before = source.program;
    stages = equalize(source, subject, seen.trace, plan, target, context);
    if (source.program != before) forget_state(seen, context);
  }
  FloatRecords records = float_records(subject, plan, tuned, job.config);
  quantize::ActivationStats stats = calibrate(source, seen, samples, plan, records, context);
  const auto recorded = [](auto& recorder) { return recorder ? &*recorder : nullptr; };
  release_unequal_concats(source, target, stats, plan, context);
  quantize::choose_ranges(subject, stats, plan, stages, recorded(records.for_ranges));
  const plan::QuantPlan calibrated = plan;
  if (tuned) {
    quantize::Reconstruction fitted =
        quantize::fine_tune(subject, stats, calibrated, recorded(records.for_reconstruction));
    std::ranges::move(std::exchange(fitted.records, {}), std::back_inserter(stages));
    std::optional<quantize::Tuned> better;
    if (level > 1) {
      better = quantize::tune(subject, level, stats, calibrated, fitted, stages, diagnostics);
    }
    plan = std::move(fitted.plan);
    if (better) {
      source.model.graph = std::move(better->graph);
      source.program = recompiled(source.model);
      plan = std::move(better->plan);
      stats = std::move(better->stats);
      records.for_analysis.reset();
    }
  }
  QuantizedModel quantized =
      write_model(source, seen.trace, plan, target, paths.quantized_model, samples, context);

  const Outcome outcome{
      source, target, plan, stats, quantized, stages, recorded(records.for_analysis)};
  Result result;
  result.paths = paths;
  result.summary = summarize(outcome, samples);
  if (job.config.quantization.analysis_enable) {
    const report::Content content = assess(outcome, subject, result.summary, context);
    result.report = report::markdown(content);
    result.report_json = report::json(content);
    result.report_html = report::html(content);
  }
  result.stages = std::move(stages);
  result.quantized_model = std::move(quantized.bytes);
  result.diagnostics.assign(diagnostics.items().begin(), diagnostics.items().end());
  monitor.step({"done", 1, 1});
  return result;
}

}  // namespace

Result quantize(const Job& job, Files& files, Monitor& monitor) {
  const CancellationScope scope(monitor);
  ThreadPool pool(job.threads);
  Diagnostics diagnostics;
  check_scope(job.config, diagnostics);
  const Paths paths = resolve_paths(job, files);
  GuardedFiles inputs(files,
                      {paths.quantized_model, paths.report, paths.report_json, paths.report_html});
  const Context context{job, inputs, monitor, pool, diagnostics};
  const plan::Target target = configured_target(job.config);
  return naming_file(paths.model, [&] { return run_stages(paths, target, context); });
}

}  // namespace xquant::pipeline
