#include "pipeline/assessment.h"

#include <algorithm>
#include <limits>

#include "quantize/work.h"
#include "report/analysis.h"
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
  return content;
}

}  // namespace xquant::pipeline
