#include "pipeline/check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/cancellation.h"
#include "base/sha256.h"
#include "base/thread_pool.h"
#include "int8/xq_int8.h"
#include "integer/as_run.h"
#include "integer/program.h"
#include "onnx/model_file.h"
#include "pipeline/check_inputs.h"
#include "pipeline/check_structure.h"
#include "pipeline/guarded_files.h"
#include "pipeline/measured_files.h"
#include "pipeline/naming_file.h"
#include "pipeline/vectors/vectors.h"
#include "report/metrics.h"
#include "report/number.h"
#include "runtime/half_precision.h"

namespace xquant::pipeline {
namespace {

/// Copies the values that islands read and write, and if wished every other
/// 8-bit one and what its operator reads, while they are hot.
class IslandKeeper final : public runtime::Observer {
 public:
  IslandKeeper(const Graph& graph, const std::vector<integer::Island>& islands, bool keeps_all)
      : graph_(graph), keeps_all_(keeps_all) {
    for (const integer::Island& island : islands) {
      for (const std::string& name : island.inputs) wanted_[graph.find_value(name)] = name;
      wanted_[graph.find_value(island.output)] = island.output;
    }
    if (!keeps_all) return;
    for (const NodeId id : graph.nodes()) {
      const Node& node = graph.node(id);
      if (!integer::is_movement(node) && !node.is("QuantizeLinear")) continue;
      for (const ValueId input : node.inputs) {
        if (input != ValueId::kNone) wanted_[input] = graph.value(input).name;
      }
    }
  }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    const auto found = wanted_.find(id);
    const bool is_coded = integer::is_coded(view.type);
    if (found == wanted_.end() && !(keeps_all_ && is_coded)) return;
    const std::string& name = graph_.value(id).name;
    values_[name] = runtime::copy_of(view);
    if (is_coded) coded_.push_back(name);
  }
  const Tensor& value(const std::string& name) const { return values_.at(name); }
  /// In the order in which they were computed.
  const std::vector<std::string>& coded() const { return coded_; }

 private:
  const Graph& graph_;
  const bool keeps_all_;
  std::vector<std::string> coded_;
  std::map<ValueId, std::string> wanted_;
  std::map<std::string, Tensor> values_;
};

/// Outputs of half precision are compared as the float numbers that they are.
Tensor as_float(const Tensor& output) {
  return runtime::is_half(output.type()) ? runtime::widened(output) : output;
}

class Check {
 public:
  Check(const CheckJob& job, Files& files, Monitor& monitor)
      : job_(job), files_(files), monitor_(monitor), pool_(job.threads) {}

  CheckReport run() {
    monitor_.step({"load", 0, 0});
    const Model model = onnx::load(job_.model_path, files_);
    require_sound_quantization(model, job_.model_path);
    lowered_ = integer::lower(model);
    opsets_ = model.opset_imports;
    inputs_ = open_inputs(job_, model.graph, files_, diagnostics_);
    report_.model = job_.model_path;
    report_.inputs = inputs_->description();
    report_.isa = xq_int8_isa();
    report_.findings = find_illegal_parameters(lowered_.reference, job_.config);
    for (const integer::Island& island : lowered_.islands)
      comparisons_.emplace_back(lowered_, model.opset_imports, island, &pool_);
    run_samples(model);
    describe_operators();
    judge();
    report_.diagnostics.assign(diagnostics_.items().begin(), diagnostics_.items().end());
    return std::move(report_);
  }

 private:
  void run_samples(const Model& model) {
    runtime::Executor integers(integer::compile(lowered_, model.opset_imports), &pool_);
    runtime::Executor reference(integer::compile_reference(lowered_, model.opset_imports), &pool_);
    std::optional<runtime::Executor> real;
    if (!job_.float_path.empty()) {
      naming_file(job_.float_path, [&] {
        const Model float_model = onnx::load(job_.float_path, files_);
        real.emplace(runtime::Program::compile(float_model.graph, float_model.opset_imports),
                     &pool_);
      });
    }
    inputs_->fit([&](const std::vector<Tensor>& sample) { reference.run(sample); });
    const auto outputs = integers.program().outputs();
    for (const ValueId output : outputs)
      report_.outputs.push_back({.name = integers.program().value_name(output)});
    hashes_.resize(outputs.size());
    sums_.resize(outputs.size());
    for (std::int64_t i = 0; i < inputs_->count(); ++i) {
      monitor_.step({"check", i, inputs_->count()});
      const std::vector<Tensor> sample = inputs_->sample(i);
      const bool writes = job_.vectors == CheckJob::Vectors::kOfFirstSample && i == 0;
      IslandKeeper keeper(lowered_.graph, lowered_.islands, writes);
      const std::vector<Tensor> ours = integers.run(sample, &keeper);
      compare_islands(keeper);
      if (writes) write_vectors(keeper, integers.program(), sample, ours);
      compare_outputs(ours, reference.run(sample));
      if (real) {
        compare_real(ours, naming_file(job_.float_path, [&] { return real->run(sample); }));
      }
      ++report_.samples;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      report_.outputs[i].sha256 = hashes_[i].hex();
      if (!real || sums_[i].count == 0) continue;
      report_.outputs[i].sqnr_db = sums_[i].sqnr_db();
      report_.outputs[i].cosine = sums_[i].cosine();
    }
  }

  void compare_islands(const IslandKeeper& keeper) {
    for (std::size_t i = 0; i < comparisons_.size(); ++i) {
      const integer::Island& island = lowered_.islands[i];
      std::vector<Tensor> operands;
      for (const std::string& name : island.inputs) operands.push_back(keeper.value(name));
      runtime::naming_node(island.node,
                           [&] { comparisons_[i].add(operands, keeper.value(island.output)); });
    }
  }

  void write_vectors(const IslandKeeper& keeper, const runtime::Program& program,
                     const std::vector<Tensor>& sample, const std::vector<Tensor>& ours) {
    VectorWriter writer(job_.model_path, lowered_, opsets_);
    for (std::size_t i = 0; i < sample.size(); ++i)
      writer.add_input(program.value_name(program.inputs()[i]), sample[i]);
    for (const std::string& name : keeper.coded()) writer.add_tensor(name, keeper.value(name));
    std::set<std::string> in_float;  // no call of the library
    for (std::size_t i = 0; i < comparisons_.size(); ++i) {
      if (!comparisons_[i].why_float().empty()) in_float.insert(lowered_.islands[i].output);
    }
    writer.add_steps([&](const std::string& name) -> const Tensor& { return keeper.value(name); },
                     in_float);
    for (std::size_t i = 0; i < ours.size(); ++i)
      writer.add_output(program.value_name(program.outputs()[i]), ours[i]);
    report_.vectors = writer.finish();
  }

  void compare_outputs(const std::vector<Tensor>& ours, const std::vector<Tensor>& reference) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      OutputCheck& output = report_.outputs[i];
      output.elements += ours[i].size();
      hashes_[i].update({ours[i].bytes().data(), ours[i].bytes().size()});
      const std::size_t width = ours[i].bytes().size() / std::max<std::size_t>(1, size_of(ours[i]));
      // NonMaxSuppression and NonZero give as many elements as their values
      // say.
      if (ours[i].shape() != reference[i].shape()) {
        output.different += ours[i].size();
        continue;
      }
      for (std::size_t e = 0; e < size_of(ours[i]); ++e) {
        const auto at = [&](const Tensor& t) { return t.bytes().subspan(e * width, width); };
        output.different += std::ranges::equal(at(ours[i]), at(reference[i])) ? 0 : 1;
      }
      const Tensor a = as_float(ours[i]), b = as_float(reference[i]);
      if (a.type() != DataType::kFloat || b.type() != DataType::kFloat) continue;
      const auto x = a.data<float>(), y = b.data<float>();
      for (std::size_t e = 0; e < x.size(); ++e) {
        output.largest_difference =
            std::max(output.largest_difference, std::fabs(double{x[e]} - double{y[e]}));
        output.largest_magnitude = std::max(output.largest_magnitude, std::fabs(double{y[e]}));
      }
    }
  }

  void compare_real(const std::vector<Tensor>& ours, const std::vector<Tensor>& real) {
    if (ours.size() != real.size()) {
      throw Error(ErrorKind::kModel, "XQ-CHK-006",
                  "The float model has " + std::to_string(real.size()) +
                      " outputs, the quantized one " + std::to_string(ours.size()) + ".",
                  {.file = job_.float_path}, "Give the model that this one was made from.");
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const Tensor a = as_float(real[i]), b = as_float(ours[i]);
      if (a.type() != DataType::kFloat || b.type() != DataType::kFloat) continue;
      if (a.size() == b.size()) sums_[i].add(report::compare(a.data<float>(), b.data<float>()));
    }
  }

  static std::size_t size_of(const Tensor& tensor) {
    return static_cast<std::size_t>(tensor.size());
  }

  void describe_operators() {
    std::map<std::string, std::string> why_float;
    for (std::size_t i = 0; i < lowered_.islands.size(); ++i) {
      const std::string why = comparisons_[i].why_float();
      if (!why.empty()) why_float[lowered_.islands[i].node] = why;
    }
    for (const integer::Decision& decision : integer::as_run(lowered_.decisions, why_float)) {
      OperatorCheck entry{.decision = decision};
      for (std::size_t i = 0; i < lowered_.islands.size(); ++i) {
        if (lowered_.islands[i].node != decision.node) continue;
        entry.stats = comparisons_[i].stats();
        entry.headroom = comparisons_[i].headroom();
        entry.bias_rounding = lowered_.islands[i].bias_rounding;
      }
      report_.operators.push_back(std::move(entry));
    }
  }

  void note_wide_sums(std::size_t count, const OperatorCheck& widest) {
    note("XQ-CHK-114",
         "Sums of " + std::to_string(count) +
             " products with tensors of 16 bits need more than int32 holds, this one up to " +
             report::fixed(32.0 - widest.headroom->spare_bits(), 1) +
             " bits. They are exact here: a chip adds them in 64 bits, or one sum for each pair of "
             "bytes.",
         {.node = widest.decision.node});
  }

  void judge() {
    bool any = false;
    std::size_t wide_sums = 0;
    const OperatorCheck* widest = nullptr;
    for (const OperatorCheck& entry : report_.operators) {
      any = any || entry.decision.execution != integer::Execution::kFloat;
      const Place place{.node = entry.decision.node};
      if (entry.stats && entry.stats->unexplained > 0) {
        fail("XQ-CHK-110",
             std::to_string(entry.stats->unexplained) + " of " +
                 std::to_string(entry.stats->elements) +
                 " results differ from the float path by more than rounding "
                 "explains.",
             place);
      }
      if (entry.stats && entry.stats->coarse_bias > 0) {
        note("XQ-CHK-112",
             std::to_string(entry.stats->coarse_bias) + " of " +
                 std::to_string(entry.stats->elements) + " results differ by up to " +
                 std::to_string(entry.stats->largest_steps) +
                 " steps from the float path: integers round the real bias to "
                 "units of the "
                 "accumulator, which here are larger than a step of the "
                 "result. With int32_bias: "
                 "true the file holds the rounded bias, and both are equal.",
             place);
      }
      const bool adds_integers = entry.decision.execution != integer::Execution::kFloat;
      const bool is_beyond = adds_integers && entry.headroom && !entry.headroom->fits_int32();
      if (is_beyond && entry.headroom->is_wide) {
        ++wide_sums;
        if (widest == nullptr || entry.headroom->worst() > widest->headroom->worst())
          widest = &entry;
      } else if (is_beyond) {
        const std::size_t channel = entry.headroom->worst_channel();
        fail("XQ-CHK-101",
             "int32 can overflow in channel " + std::to_string(channel) +
                 ": inputs at their upper end "
                 "where the weight is positive and at their lower end where it "
                 "is negative give " +
                 std::to_string(entry.headroom->highest[channel]) + ", the opposite " +
                 std::to_string(entry.headroom->lowest[channel]) + ".",
             place);
      }
    }
    if (widest != nullptr) note_wide_sums(wide_sums, *widest);
    if (!any) fail("XQ-CHK-111", "No operator runs in int8.", {.file = job_.model_path});
    const bool made_up = !job_.config && job_.data_lists.empty();
    if (made_up && !job_.float_path.empty()) {
      note("XQ-CHK-113",
           "The inputs are random and reach beyond the calibrated range: how "
           "far the outputs are "
           "from "
           "the float model says little about accuracy. Give real inputs with "
           "-c or --data.",
           {.file = job_.float_path});
    }
  }

  void note(std::string code, std::string message, Place place) {
    report_.findings.push_back(
        {Finding::Weight::kNote, std::move(code), std::move(message), std::move(place)});
  }

  void fail(std::string code, std::string message, Place place) {
    report_.findings.push_back(
        {Finding::Weight::kFailure, std::move(code), std::move(message), std::move(place)});
  }

  const CheckJob& job_;
  Files& files_;
  Monitor& monitor_;
  ThreadPool pool_;
  Diagnostics diagnostics_;
  integer::Lowered lowered_;
  runtime::OpsetImports opsets_;
  std::unique_ptr<CheckInputs> inputs_;
  std::vector<integer::IslandComparison> comparisons_;
  std::vector<Sha256> hashes_;
  std::vector<report::ErrorSums> sums_;
  CheckReport report_;
};

/// What the vectors are called is known when the model has run, and that is
/// before they are written.
void protect_inputs(const CheckReport& report, const CheckJob& job, MeasuredFiles& files) {
  const std::string configuration = job.config ? job.config->file : "";
  if (!configuration.empty() && files.exists(configuration)) files.open(configuration);
  const std::map<std::string, std::uint64_t> read = files.opened();
  std::vector<std::string> outputs;
  for (const auto& [name, bytes] : report.vectors)
    outputs.push_back(path::join(job.vectors_folder, name));
  refuse_overwriting(outputs, read, files, "Choose another folder with --vectors.");
}

}  // namespace

bool CheckReport::passed() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.weight == Finding::Weight::kFailure;
  });
}

CheckReport check(const CheckJob& job, Files& files, Monitor& monitor) {
  const CancellationScope scope(monitor);
  MeasuredFiles read(files);
  CheckReport report = naming_file(job.model_path, [&] { return Check(job, read, monitor).run(); });
  if (!job.vectors_folder.empty()) protect_inputs(report, job, read);
  return report;
}

}  // namespace xquant::pipeline
