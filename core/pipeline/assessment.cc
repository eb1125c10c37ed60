#include "pipeline/assessment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "pipeline/planning.h"
#include "quantize/work.h"
#include "report/analysis.h"
#include "report/number.h"
#include "report/what_if.h"

namespace xquant::pipeline {
namespace {

std::vector<std::string> float_islands(const Graph& graph, const plan::QuantPlan& plan) {
  std::vector<std::string> islands;
  for (const NodeId id : graph.topological_order()) {
    const plan::NodePlan& node = plan.node(id);
    if (node.quantized) continue;
    islands.push_back(graph.node(id).name + "[" + graph.node(id).op_type + "]: " + node.reason);
  }
  return islands;
}

OutputQuality quality(const report::OutputError& output) {
  const double agreement =
      output.is_vector && output.samples > 0
          ? static_cast<double>(output.agreeing) / static_cast<double>(output.samples)
          : std::numeric_limits<double>::quiet_NaN();
  return {output.name, output.sums.sqnr_db(), output.sums.cosine(), agreement};
}

std::string settings(const Outcome& outcome, const config::Config& config) {
  return "target " + outcome.target.name + ", calibration " +
         std::string(config::name(config.calibration.calibration_type)) + ", finetune_level " +
         std::to_string(config.quantization.finetune_level);
}

/// Operators run twice on each of them.
std::int64_t isolated_samples(const quantize::Subject& subject) {
  constexpr double kWork = 8e9;  // multiplications
  constexpr std::int64_t kFewest = 4, kMost = 16;
  return quantize::affordable_samples(subject, kWork, kFewest, kMost);
}

std::vector<report::LevelPlan> higher_levels(const Outcome& outcome, const quantize::Trace& trace,
                                             const Context& context) {
  std::vector<report::LevelPlan> levels;
  const auto present = static_cast<int>(context.config().quantization.precision_level);
  for (int level = present + 1; level <= static_cast<int>(config::PrecisionLevel::kFloatSums);
       ++level) {
    levels.push_back({level, plan_at_level(static_cast<config::PrecisionLevel>(level),
                                           outcome.source, trace, outcome.target, context)});
  }
  return levels;
}

/// Beside the report, which not everybody reads.
void tell_of_levels(const std::vector<report::LevelAdvice>& levels, Diagnostics& diagnostics) {
  for (const report::LevelAdvice& entry : levels) {
    diagnostics.info(
        "XQ-QNT-011",
        "precision_level " + std::to_string(entry.level) + " would keep " +
            std::to_string(entry.operators) +
            " more operators float; before fine-tuning the outputs' signal over noise can be "
            "expected to rise from " +
            report::fixed(entry.outputs_db, 1) + " to " + report::fixed(entry.level_outputs_db, 1) +
            " dB.",
        {}, report::precision_level_json(entry.level));
  }
}

}  // namespace

Summary summarize(const Outcome& outcome, const quantize::Samples& samples) {
  const Graph& graph = outcome.source.graph();
  const std::vector<NodeId> nodes = graph.nodes();
  Summary summary;
  summary.samples = samples.count() - samples.skipped();
  summary.skipped_samples = samples.skipped();
  summary.operators = static_cast<std::int64_t>(nodes.size());
  if (outcome.source.tail) {
    const std::vector<bool>& in_tail = outcome.source.tail->cut.in_tail;
    summary.operators += std::count(in_tail.begin(), in_tail.end(), true);
  }
  summary.quantized_operators = std::count_if(
      nodes.begin(), nodes.end(), [&](NodeId id) { return outcome.plan.node(id).quantized; });
  summary.quantized_tensors =
      static_cast<std::int64_t>(outcome.plan.group_of.size() + outcome.plan.constants.size());
  summary.float_bytes = outcome.source.file_bytes;
  summary.quantized_bytes = static_cast<std::int64_t>(outcome.quantized.bytes.size());
  return summary;
}

report::Content assess(const Outcome& outcome, const quantize::Subject& source, Summary& summary,
                       const Context& context) {
  const Model& quantized = outcome.quantized.model;
  const report::Subject subject{outcome.source.graph(),
                                outcome.source.program,
                                quantized.graph,
                                outcome.quantized.float_names,
                                outcome.plan,
                                outcome.stats,
                                quantized.opset_imports,
                                outcome.quantized.float_graph,
                                source.trace,
                                outcome.recorded,
                                isolated_samples(source)};
  report::Content content{.analysis = report::analyse(subject, source.samples)};
  for (const report::OutputError& output : content.analysis.outputs) {
    summary.outputs.push_back(quality(output));
  }
  content.advice = report::advise(subject, content.analysis, context.config().quantization);
  report::measure_gains(source, outcome.plan, content.advice);
  content.levels = report::measure_levels(source, outcome.plan, outcome.stats,
                                          higher_levels(outcome, source.trace, context));
  content.stages.assign(outcome.stages.begin(), outcome.stages.end());
  const auto notes = context.diagnostics.items();
  content.heading = {.model = path::filename(resolve_model(context.job, context.files)),
                     .settings = settings(outcome, context.config()),
                     .operators = summary.operators,
                     .quantized_operators = summary.quantized_operators,
                     .float_bytes = summary.float_bytes,
                     .quantized_bytes = summary.quantized_bytes,
                     .notes = {notes.begin(), notes.end()},
                     .float_islands = float_islands(outcome.source.graph(), outcome.plan)};
  tell_of_levels(content.levels, context.diagnostics);
  return content;
}

}  // namespace xquant::pipeline
