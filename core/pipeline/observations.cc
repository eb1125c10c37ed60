#include "pipeline/observations.h"

#include "pipeline/fingerprint.h"

namespace xquant::pipeline {
namespace {

using quantize::CalibrationState;

[[noreturn]] void refuse(const Context& context, const std::string& what, const std::string& fix) {
  throw Error(ErrorKind::kData, "XQ-CAL-011", "The calibration state does not fit: " + what,
              {.file = context.job.calibration_path}, fix);
}

/// A state that was made with a cut ends there.
void check_reach(const CalibrationState& state, const FloatModel& source, const Context& context) {
  for (const NodeId node : source.program->order()) {
    for (const ValueId output : source.graph().node(node).outputs) {
      if (output == ValueId::kNone) continue;
      const std::string& name = source.graph().value(output).name;
      if (state.tensors.contains(name)) continue;
      refuse(context, "it has no statistics of '" + name + "'.",
             "It was made with other truncate_var_names; calibrate anew.");
    }
  }
}

void check_data(const CalibrationState& state, quantize::Samples& samples, const Context& context) {
  samples.keep_digests();
  samples.first();
  for (const auto& [sample, digest] : samples.digests()) {
    const auto found = state.samples.find(sample);
    if (found == state.samples.end() || found->second == digest) continue;
    refuse(context,
           "sample " + std::to_string(sample) + " (" + samples.file_of(sample) +
               ") is not the one that it was made with.",
           "Calibrate anew, or use the same data.");
  }
  const auto covered = static_cast<std::int64_t>(state.samples.size());
  if (covered == samples.count()) return;
  context.diagnostics.warn(
      "XQ-CAL-013",
      "The calibration state is of " + std::to_string(covered) +
          " samples; the configuration names " + std::to_string(samples.count()) + ".",
      {.file = context.job.calibration_path}, "Merge the states of all shards, or calibrate anew.");
}

CalibrationState read_state(const FloatModel& source, quantize::Samples& samples,
                            const Context& context) {
  const std::string& path = context.job.calibration_path;
  if (!context.files.exists(path)) {
    throw Error(ErrorKind::kUsage, "XQ-CLI-013", "The calibration state does not exist.",
                {.file = path}, "Make it with xquant calibrate -c cfg.json -o state.xqcal.");
  }
  CalibrationState state = quantize::parse_calibration_state(context.files.read(path), path);
  if (state.model != model_digest(source)) {
    refuse(context, "it is of another model, or of this one simplified differently.",
           "Calibrate this model with the same skip_onnxsim and version of xquant.");
  }
  const std::string preprocessing = preprocessing_text(context.config());
  if (state.preprocessing != preprocessing) {
    refuse(context,
           "its preprocessing is '" + state.preprocessing + "', the configuration's is '" +
               preprocessing + "'.",
           "Calibrate anew, or correct the configuration.");
  }
  check_reach(state, source, context);
  check_data(state, samples, context);
  return state;
}

quantize::Trace trace_of(const CalibrationState& state, const Graph& graph) {
  quantize::Trace trace;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (const Tensor* constant = graph.constant(id)) {
      trace[id] = {constant->type(), constant->shape()};
      continue;
    }
    const auto found = state.tensors.find(graph.value(id).name);
    if (found != state.tensors.end()) trace[id] = {found->second.type, found->second.shape};
  }
  return trace;
}

}  // namespace

Observations observe(const FloatModel& source, quantize::Samples& samples, const Context& context) {
  if (context.job.calibration_path.empty()) {
    return {quantize::trace(source.graph(), source.program, samples.first()), std::nullopt};
  }
  CalibrationState state = read_state(source, samples, context);
  quantize::Trace trace = trace_of(state, source.graph());
  return {std::move(trace), std::move(state)};
}

void forget_state(Observations& seen, const Context& context) {
  if (!seen.state) return;
  seen.state.reset();
  context.diagnostics.info("XQ-CAL-014",
                           "Fine-tuning changed the float model: its ranges come from a run of "
                           "the data, not from the calibration state.",
                           {.file = context.job.calibration_path},
                           "With finetune_level 0 the state is enough.");
}

quantize::ActivationStats needed_stats(const FloatModel& source, const Observations& seen,
                                       const plan::QuantPlan& plan, quantize::Samples& samples,
                                       std::span<quantize::FloatRecorder* const> others) {
  quantize::ActivationStats needed = quantize::needed_stats(source.graph(), plan, seen.trace);
  if (!seen.state) return quantize::collect_stats(source.program, needed, samples, others);
  for (auto& [value, stats] : needed) {
    stats = seen.state->tensors.at(source.graph().value(value).name).stats;
  }
  return needed;
}

CalibrationState run_for_state(const FloatModel& source, quantize::Samples& samples,
                               const Context& context) {
  const Graph& graph = source.graph();
  samples.keep_digests();
  const quantize::Trace trace = quantize::trace(graph, source.program, samples.first());
  CalibrationState state{.model = model_digest(source),
                         .preprocessing = preprocessing_text(context.config()),
                         .listed = samples.count()};
  state.traced_sample = samples.digests().begin()->first;
  quantize::ActivationStats stats =
      quantize::collect_stats(source.program, quantize::all_stats(graph, trace), samples);
  for (const auto& [value, traced] : trace) {
    if (graph.constant(value) != nullptr) continue;
    CalibrationState::Observed& observed = state.tensors[graph.value(value).name];
    observed.type = traced.type;
    observed.shape = traced.shape;
    const auto found = stats.find(value);
    if (found != stats.end()) observed.stats = std::move(found->second);
  }
  state.samples = samples.digests();
  return state;
}

}  // namespace xquant::pipeline
