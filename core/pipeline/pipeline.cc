#include "pipeline/pipeline.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/thread_pool.h"
#include "convert/lower_newer.h"
#include "convert/raise_opset.h"
#include "data/calibration_set.h"
#include "emit/emit.h"
#include "onnx/model_file.h"
#include "pipeline/measured_files.h"
#include "pipeline/prepare.h"
#include "pipeline/scope.h"
#include "plan/target.h"
#include "quantize/calibrate.h"
#include "quantize/policy.h"
#include "quantize/samples.h"
#include "quantize/trace.h"
#include "report/analysis.h"
#include "report/markdown.h"
#include "runtime/program.h"

namespace xquant::pipeline {
namespace {

using ProgramPtr = std::shared_ptr<const runtime::Program>;

/// Share of values inside the percentile bounds unless the configuration says otherwise.
constexpr double kDefaultPercentile = 0.9999;

plan::Target configured_target(const config::Config& config) {
  try {
    return quantize::with_weight_scheme(plan::target(config.quantization.target),
                                        config.quantization.weight_scheme);
  } catch (const Error& error) {
    throw Error(error.kind(), error.code(), error.message(), config.place(error.place().pointer),
                error.fix());
  }
}

/// The ONNX checker refuses a key that occurs twice; the last value counts.
void make_keys_unique(std::vector<std::pair<std::string, std::string>>& metadata) {
  std::vector<std::pair<std::string, std::string>> unique;
  for (auto& [key, value] : metadata) {
    const auto found = std::find_if(unique.begin(), unique.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found == unique.end())
      unique.emplace_back(key, value);
    else
      found->second = value;
  }
  metadata = std::move(unique);
}

/// One run of the job: what the stages hand to each other.
class Run {
 public:
  Run(const Job& job, Files& files, Monitor& monitor)
      : job_(job), files_(files), monitor_(monitor), pool_(job.threads) {}

  Result run() {
    check_scope(job_.config, diagnostics_);
    result_.paths = resolve_paths(job_, files_);
    const plan::Target target = configured_target(job_.config);
    load();
    open_data();
    make_plan(target);
    calibrate();
    emit(target);
    if (job_.config.quantization.analysis_enable) analyse(target);
    return finish();
  }

 private:
  Graph& graph() { return model_.graph; }

  void load() {
    monitor_.step({"load", 0, 0});
    MeasuredFiles measured(files_);
    model_ = onnx::load(result_.paths.model, measured, onnx::Functions::kInline);
    result_.summary.float_bytes = measured.opened_bytes();
    refuse_quantized(model_, result_.paths.model);
    prepare(model_, job_.config, diagnostics_);
    program_ = runtime::Program::compile(graph(), model_.opset_imports);
  }

  void open_data() {
    const std::vector<data::InputSpec> specs = input_specs(graph());
    samples_.emplace(data::CalibrationSet::open(job_.config, specs, files_, diagnostics_), pool_,
                     monitor_, diagnostics_);
    trace_ = quantize::trace(graph(), program_, samples_->first());
  }

  void make_plan(const plan::Target& target) {
    const auto& wishes = job_.config.quantization;
    const quantize::Exclusions exclusions{wishes.ignore_op_types, wishes.ignore_op_names};
    for (const std::string& entry : quantize::unmatched(graph(), exclusions)) {
      diagnostics_.warn("XQ-QNT-002", "'" + entry + "' in an ignore list matches no operator.",
                        job_.config.place("/quantization_parameters"),
                        "Names and types are those of the simplified model; xquant inspect lists "
                        "the types.");
    }
    plan_ = quantize::make_plan(graph(), trace_, target, exclusions);
    if (plan_.groups.empty()) {
      diagnostics_.warn("XQ-QNT-001",
                        "The model has no operator that the target '" + target.name +
                            "' runs in int8; the result is the simplified float model.");
    }
  }

  void calibrate() {
    const auto& method = quantize::method(effective_type(job_.config.calibration.calibration_type));
    const quantize::MethodSettings settings{
        .percentile = job_.config.quantization.max_percentile.value_or(kDefaultPercentile)};
    stats_ = quantize::collect_stats(graph(), program_, plan_, trace_, method, *samples_);
    quantize::choose_activation_params(graph(), stats_, method, settings, plan_, diagnostics_);
    quantize::choose_constant_params(graph(), plan_, diagnostics_);
  }

  void emit(const plan::Target& target) {
    monitor_.step({"write", 0, 0});
    emitted_ = emit::emit_qdq(graph(), plan_, target);
    Model quantized = model_;
    quantized.graph = emitted_.graph;
    convert::lower_newer_operators(quantized);
    raise_opset_where_needed(quantized);
    quantized.metadata.emplace_back("xquant_version", XQUANT_VERSION);
    make_keys_unique(quantized.metadata);
    onnx::check(quantized, result_.paths.quantized_model);
    result_.quantized_model = onnx::serialize(quantized);
    result_.summary.quantized_bytes = static_cast<std::int64_t>(result_.quantized_model.size());
    quantized_opsets_ = quantized.opset_imports;
    emitted_.graph = std::move(quantized.graph);
  }

  /// QuantizeLinear came with opset 10, its axis with 13, and int8 constants are initializers that
  /// are no inputs since IR 4.
  void raise_opset_where_needed(Model& quantized) {
    bool per_channel = false;
    for (const auto& operand : plan_.constants)
      per_channel = per_channel || operand.params.per_channel();
    const std::int64_t before = quantized.opset();
    const std::int64_t needed = plan_.groups.empty() ? before : per_channel ? 13 : 10;
    quantized.ir_version = std::max<std::int64_t>(quantized.ir_version, 4);
    if (before >= needed) return;
    convert::KnownShapes shapes;
    for (const auto& [value, traced] : trace_) shapes[graph().value(value).name] = traced.shape;
    convert::raise_opset(quantized, needed, shapes);
    diagnostics_.info("XQ-CNV-002", "The opset was raised from " + std::to_string(before) + " to " +
                                        std::to_string(needed) + ": the int8 form needs it.");
  }

  void analyse(const plan::Target& target) {
    const report::Subject subject{graph(),
                                  program_,
                                  emitted_.graph,
                                  runtime::Program::compile(emitted_.graph, quantized_opsets_),
                                  emitted_.float_names,
                                  plan_,
                                  stats_};
    const report::Analysis analysis = report::analyse(subject, *samples_);
    for (const report::OutputError& output : analysis.outputs) {
      const double agreement =
          output.is_vector && output.samples > 0
              ? static_cast<double>(output.agreeing) / static_cast<double>(output.samples)
              : std::numeric_limits<double>::quiet_NaN();
      result_.summary.outputs.push_back(
          {output.name, output.sums.sqnr_db(), output.sums.cosine(), agreement});
    }
    count_quantized();
    result_.report = report::markdown(heading(target), analysis);
  }

  void count_quantized() {
    auto& summary = result_.summary;
    summary.quantized_operators = 0;
    for (const NodeId id : graph().nodes())
      summary.quantized_operators += plan_.node(id).quantized ? 1 : 0;
    summary.quantized_tensors =
        static_cast<std::int64_t>(plan_.group_of.size() + plan_.constants.size());
  }

  report::Heading heading(const plan::Target& target) {
    for (const NodeId id : graph().topological_order()) {
      const plan::NodePlan& node = plan_.node(id);
      if (node.quantized) continue;
      islands_.push_back(graph().node(id).name + "[" + graph().node(id).op_type +
                         "]: " + node.reason);
    }
    const auto type = effective_type(job_.config.calibration.calibration_type);
    return {.model = path::filename(result_.paths.model),
            .settings = "target " + target.name + ", calibration " +
                        std::string(config::name(type)) + ", finetune_level 0",
            .operators = static_cast<std::int64_t>(graph().nodes().size()),
            .quantized_operators = result_.summary.quantized_operators,
            .float_bytes = result_.summary.float_bytes,
            .quantized_bytes = result_.summary.quantized_bytes,
            .notes = diagnostics_.items(),
            .float_islands = islands_};
  }

  Result finish() {
    count_quantized();
    result_.summary.operators = static_cast<std::int64_t>(graph().nodes().size());
    result_.summary.skipped_samples = samples_->skipped();
    result_.summary.samples = samples_->count() - samples_->skipped();
    result_.diagnostics.assign(diagnostics_.items().begin(), diagnostics_.items().end());
    monitor_.step({"done", 1, 1});
    return std::move(result_);
  }

  const Job& job_;
  Files& files_;
  Monitor& monitor_;
  ThreadPool pool_;
  Diagnostics diagnostics_;
  Model model_;
  ProgramPtr program_;
  std::optional<quantize::Samples> samples_;
  quantize::Trace trace_;
  plan::QuantPlan plan_;
  quantize::ActivationStats stats_;
  emit::Emitted emitted_;
  runtime::OpsetImports quantized_opsets_;
  std::vector<std::string> islands_;
  Result result_;
};

}  // namespace

Result quantize(const Job& job, Files& files, Monitor& monitor) {
  return Run(job, files, monitor).run();
}

}  // namespace xquant::pipeline
