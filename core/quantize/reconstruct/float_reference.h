#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/calibrate/float_run.h"
#include "quantize/calibrate/sample_parts.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/policy/trace.h"
#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/subject.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// How many samples and positions reconstruction looks at.
struct ReferenceExtent {
  std::int64_t samples = 0;                     ///< evenly spread
  std::map<ValueId, std::int64_t> positions{};  ///< of a layer's result, for each sample

  bool operator==(const ReferenceExtent&) const = default;
};

/// Evenly spread samples, as many as the budgets of memory and work allow, and positions so that
/// every layer has several rows for each of its inputs. Of many groups or many channels in all
/// there are fewer rows, not below 4096 of a layer.
ReferenceExtent plan_extent(const Graph& graph, const Trace& trace,
                            const std::vector<std::unique_ptr<Layer>>& layers,
                            std::int64_t available, const Effort& effort);

/// Rows of a layer over every second sample.
std::size_t rows_of_one_side(const Layer& layer, const Trace& trace, const ReferenceExtent& extent);

/// Results of the float model at sampled positions, and the inputs of the chosen samples.
class FloatReference {
 public:
  /// Inputs of the model by sample; unreadable samples are left out. May be moved from.
  std::vector<std::vector<Tensor>>& inputs() { return inputs_; }
  /// How they are shared out, as indices into them.
  const SampleParts& parts() const { return parts_; }
  /// What the model is judged by, of the samples that judge the whole, and their inputs.
  const FloatOutputs& judges() const { return judges_; }
  /// A layer's result in one sample.
  struct Record {
    Shape shape;
    std::vector<std::int64_t> positions;
    std::vector<float> rows;  ///< [positions][channels]
  };
  /// sample counts the readable ones.
  const Record& at(const Layer& layer, std::size_t sample) const {
    return records_.at(layer.result())[sample];
  }
  /// Of those samples together.
  std::size_t rows(const Layer& layer, const std::vector<std::size_t>& samples) const {
    std::size_t count = 0;
    for (const std::size_t sample : samples) count += at(layer, sample).positions.size();
    return count;
  }
  /// Gives the layer's results free.
  void drop(const Layer& layer) { records_.erase(layer.result()); }

 private:
  friend class ReferenceRecorder;

  std::vector<std::vector<Tensor>> inputs_;
  SampleParts parts_;
  FloatOutputs judges_;
  std::map<ValueId, std::vector<Record>> records_;
};

/// Records what reconstruction with that plan and effort compares with.
class ReferenceRecorder final : public FloatRecorder {
 public:
  ReferenceRecorder(const Subject& subject, const plan::QuantPlan& plan, const Effort& effort);

  bool wants(std::int64_t sample) const override { return place_of(sample).has_value(); }
  std::unique_ptr<RunObserver> observer() override;
  /// After the pass.
  FloatReference take();
  const ReferenceExtent& extent() const { return extent_; }

 private:
  class Observer;
  struct Taken {
    std::vector<Tensor> inputs;
    std::vector<Tensor> judged;
    std::map<ValueId, FloatReference::Record> records;
  };
  std::optional<std::size_t> place_of(std::int64_t sample) const {
    return evenly_spread(sample, extent_.samples, available_);
  }

  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Judged> judged_;
  ReferenceExtent extent_;
  std::int64_t available_;
  std::vector<Taken> taken_;
};

}  // namespace xquant::quantize
