#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "quantize/calibrate/float_run.h"
#include "quantize/calibrate/sample_parts.h"
#include "quantize/subject.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// A tensor by which the model is judged.
struct Judged {
  ValueId value;  ///< an output, or what a Softmax at the end reads
  NodeId softmax = NodeId::kNone;
  bool stands_in = false;  ///< for an output behind it (evidence.h)
};

/// One for each output of the float program: those of the graph, or, where operators at the end
/// cannot be run, what these read.
std::vector<Judged> judged_values(const Subject& subject);

/// Inputs of some samples and what the float model makes of them: what stages that look at the
/// model's outputs measure against.
struct FloatOutputs {
  std::vector<Judged> values{};               ///< judged_values(), as a rule
  std::vector<std::vector<Tensor>> inputs{};  ///< by sample, one for each true input of the graph
  std::vector<std::vector<Tensor>> judged{};  ///< by sample, one for each of values

  std::size_t samples() const { return inputs.size(); }
};

/// Which of the samples that a stage looks at.
enum class Places { kAll, kJudges };  ///< kJudges: those that judge wholes (SampleParts)

/// Records the outputs of `count` evenly spread samples, or of the judges among them.
class OutputsRecorder final : public FloatRecorder {
 public:
  OutputsRecorder(const Subject& subject, std::int64_t count, Places places = Places::kAll);
  /// Of these values instead of judged_values().
  OutputsRecorder(const Subject& subject, std::int64_t count, std::vector<Judged> values);

  bool wants(std::int64_t sample) const override { return place_of(sample).has_value(); }
  std::unique_ptr<RunObserver> observer() override;
  /// After the pass. Unreadable samples are left out.
  FloatOutputs take();
  std::int64_t count() const { return count_; }

 private:
  std::optional<std::size_t> place_of(std::int64_t sample) const;

  std::vector<Judged> values_;
  std::int64_t count_, available_;
  Places places_;
  FloatOutputs all_;
};

/// Runs the float model on `count` evenly spread samples, or on the judges among them. phase names
/// the work to the monitor.
FloatOutputs run_float(const Subject& subject, std::int64_t count, std::string_view phase,
                       Places places = Places::kAll);
FloatOutputs run_float(const Subject& subject, std::int64_t count, std::string_view phase,
                       std::vector<Judged> values);

/// Copies the judged tensors of a run.
class JudgedObserver final : public runtime::Observer {
 public:
  /// values must outlive this.
  explicit JudgedObserver(const std::vector<Judged>& values) : values_(values) {}

  void start(std::vector<Tensor>& kept) {
    kept_ = &kept;
    kept.resize(values_.size());
  }
  void on_value(ValueId id, const runtime::TensorView& view) override;

 private:
  const std::vector<Judged>& values_;
  std::vector<Tensor>* kept_ = nullptr;
};

}  // namespace xquant::quantize
