#include "report/analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "quantize/params.h"
#include "quantize/policy/operands.h"
#include "report/bins.h"
#include "report/float_samples.h"
#include "report/isolated_errors.h"
#include "report/simulation.h"
#include "runtime/executor.h"

namespace xquant::report {
namespace {

using SlotOf = std::map<ValueId, std::size_t>;

/// An activation that is compared: where it is in both graphs, and where its result goes.
struct Slot {
  ValueId value{};
  std::size_t kept = 0;                 ///< where the float run's values are (FloatSample)
  std::optional<std::size_t> row{};     ///< index in Analysis::tensors
  std::optional<std::size_t> output{};  ///< index in Analysis::outputs
  float low = 0;                        ///< range of the float values, for the histogram
  float high = 0;
};

/// What one sample adds to a slot, kept apart until sums are made in sample order.
struct SampleSums {
  ErrorSums sums;
  std::int64_t rows = 0;
  std::int64_t agreeing = 0;
  bool is_vector = false;
};

/// What does not depend on the order of samples, kept for each worker.
struct Merged {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  Bins histogram{};
  bool is_sampled = false;
};

/// What the quantized graph calls the tensor of that name.
const std::string& counterpart(const std::string& name,
                               const std::map<std::string, std::string>& float_names) {
  const auto renamed = float_names.find(name);
  return renamed == float_names.end() ? name : renamed->second;
}

/// Compares the quantized run's tensors with the kept ones while they are hot.
class Comparer final : public SimulationObserver {
 public:
  Comparer(const Simulation& simulation, const std::vector<Slot>& slots,
           const FloatSamples& elements, std::vector<Merged>& merged)
      : SimulationObserver(simulation), slots_(slots), elements_(elements), merged_(merged) {}
  /// exact: the float model's run of that sample.
  void start(std::int64_t sample, const FloatSample& exact, std::vector<SampleSums>& sums) {
    sample_ = sample;
    exact_ = &exact;
    sums_ = &sums;
  }

 protected:
  void on_watched(std::size_t slot, const Watched& values) override {
    const std::size_t kept = slots_[slot].kept;
    const std::span<const float> x = exact_->values[kept];
    const Sampled sampled = elements_.sampled(kept, values.size(), sample_);
    take(values, sampled, reals_);
    const std::span<const float> y = reals_;
    if (x.size() != y.size() || y.empty()) return;
    SampleSums& sample = (*sums_)[slot];
    sample.sums = compare(x, y);
    if (slots_[slot].output) compare_rows(x, y, exact_->shapes[kept], sample);
    if (!slots_[slot].row) return;
    const quantize::Extent extent = values.extent();
    Merged& merged = merged_[slot];
    merged.is_sampled = merged.is_sampled || sampled.count() < values.size();
    merged.low = std::min(merged.low, extent.min);
    merged.high = std::max(merged.high, extent.max);
    count_into(merged.histogram, x, slots_[slot].low, slots_[slot].high);
  }

 private:
  static void compare_rows(std::span<const float> x, std::span<const float> y, const Shape& shape,
                           SampleSums& sample) {
    sample.is_vector = shape.size() == 2 && shape[1] > 1;
    if (!sample.is_vector) return;
    const auto columns = static_cast<std::size_t>(shape[1]);
    for (std::size_t at = 0; at + columns <= x.size(); at += columns) {
      ++sample.rows;
      if (argmax(x.subspan(at, columns)) == argmax(y.subspan(at, columns))) ++sample.agreeing;
    }
  }

  const std::vector<Slot>& slots_;
  const FloatSamples& elements_;
  std::vector<Merged>& merged_;
  std::vector<float> reals_;
  std::int64_t sample_ = 0;
  const FloatSample* exact_ = nullptr;
  std::vector<SampleSums>* sums_ = nullptr;
};

class Analyst {
 public:
  Analyst(const Subject& subject, quantize::Samples& samples)
      : subject_(subject), samples_(samples) {}

  Analysis run() {
    list_tensors();
    list_outputs();
    measure();
    measure_isolated();
    // Integers, constants and copies of inputs have nothing to measure.
    std::erase_if(analysis_.outputs, [](const OutputError& out) { return out.sums.count == 0; });
    return std::move(analysis_);
  }

 private:
  void list_tensors() {
    const Graph& graph = subject_.float_graph;
    for (const NodeId id : graph.topological_order()) {
      if (!subject_.plan.node(id).quantized || subject_.plan.node(id).pass_through) continue;
      const Node& node = graph.node(id);
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == ValueId::kNone || !quantize::carries_value(node, i)) continue;
        list_value(node, node.inputs[i], {id, i}, false);
      }
      for (const ValueId output : node.outputs) {
        if (output != ValueId::kNone) list_value(node, output, {id, 0}, true);
      }
    }
  }

  void list_value(const Node& node, ValueId value, Use use, bool is_result) {
    if (!listed_.insert(value).second) return;
    const Graph& graph = subject_.float_graph;
    TensorError row{.op = node.name + "[" + node.op_type + "]",
                    .tensor = graph.value(value).name,
                    .is_result = is_result,
                    .node = node.name,
                    .op_type = node.op_type};
    if (graph.constant(value) != nullptr) {
      if (compare_constant(row, value, use)) analysis_.tensors.push_back(std::move(row));
      return;
    }
    const auto stats = subject_.stats.find(value);
    if (stats == subject_.stats.end()) return;
    row.float_min = stats->second.min();
    row.float_max = stats->second.max();
    const std::size_t slot = slot_of(value, dequantized_name(value));
    if (slot == kNoSlot) return;
    slots_[slot].row = analysis_.tensors.size();
    slots_[slot].low = row.float_min;
    slots_[slot].high = row.float_max;
    analysis_.tensors.push_back(std::move(row));
  }

  bool compare_constant(TensorError& row, ValueId value, Use use) const {
    const auto& constants = subject_.plan.constants;
    const auto found = std::find_if(constants.begin(), constants.end(),
                                    [&](const auto& operand) { return operand.use == use; });
    if (found == constants.end()) return false;
    const Tensor& tensor = *subject_.float_graph.constant(value);
    const auto values = tensor.data<float>();
    if (values.empty()) return false;
    row.constant = true;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    row.float_min = *low;
    row.float_max = *high;
    row.quantized_min = std::numeric_limits<float>::infinity();
    row.quantized_max = -row.quantized_min;
    quantize::for_each_restored(
        *found, tensor, [&](std::span<const float> x, std::span<const float> y) {
          row.sums.add(compare(x, y));
          const auto [y_low, y_high] = std::minmax_element(y.begin(), y.end());
          row.quantized_min = std::min(row.quantized_min, *y_low);
          row.quantized_max = std::max(row.quantized_max, *y_high);
        });
    count_into(row.histogram, values, row.float_min, row.float_max);
    return true;
  }

  void list_outputs() {
    for (const ValueId output : subject_.float_graph.outputs) {
      const std::size_t slot = slot_of(output, subject_.float_graph.value(output).name);
      if (slot == kNoSlot) continue;
      slots_[slot].output = analysis_.outputs.size();
      analysis_.outputs.push_back({.name = subject_.float_graph.value(output).name});
    }
  }

  const std::string& dequantized_name(ValueId value) const {
    return counterpart(subject_.float_graph.value(value).name, subject_.float_names);
  }

  /// The slot that compares a float value with the tensor of that name in the quantized graph, made
  /// at first sight; kNoSlot when there is none.
  std::size_t slot_of(ValueId value, const std::string& counterpart_name) {
    const ValueId other = subject_.quantized_graph.find_value(counterpart_name);
    if (other == ValueId::kNone) return kNoSlot;
    const auto [found, added] = quantized_slots_.try_emplace(other, slots_.size());
    if (added) {
      slots_.push_back({.value = value});
      watched_.push_back(counterpart_name);
    }
    return found->second;
  }

  /// The float model's elements: those that a pass has recorded, or an empty record of the same.
  const FloatSamples& float_samples(std::optional<FloatSamples>& own) {
    const FloatSamples* recorded = subject_.recorded;
    const auto is_recorded = [&](const Slot& slot) {
      return recorded->index_of(slot.value) != FloatSamples::kNone;
    };
    if (recorded == nullptr || !std::ranges::all_of(slots_, is_recorded)) {
      std::vector<ValueId> tensors;
      for (const Slot& slot : slots_) tensors.push_back(slot.value);
      recorded = &own.emplace(subject_.float_graph, subject_.trace, tensors, samples_.count());
    }
    for (Slot& slot : slots_) slot.kept = recorded->index_of(slot.value);
    return *recorded;
  }

  void measure() {
    std::optional<FloatSamples> own;
    const FloatSamples& elements = float_samples(own);
    struct Worker {
      runtime::Executor float_run;
      runtime::Executor quantized_run;
      FloatSample exact;
      std::unique_ptr<quantize::RunObserver> keeper;
      std::vector<Merged> merged;
      Comparer comparer;
      Worker(const Subject& subject, const Simulation& simulation, const FloatSamples& samples,
             const std::vector<Slot>& slots)
          : float_run(subject.float_program),
            quantized_run(simulation.program()),
            keeper(samples.observer_into(exact)),
            merged(slots.size()),
            comparer(simulation, slots, samples, merged) {}
    };
    const Simulation simulation(subject_.quantized_graph, subject_.quantized_opsets, watched_,
                                Simulation::Computes::kOutputs);
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < samples_.workers(); ++i) {
      workers.push_back(std::make_unique<Worker>(subject_, simulation, elements, slots_));
    }
    std::vector<std::vector<SampleSums>> sums(static_cast<std::size_t>(samples_.count()));
    samples_.for_each("analyse",
                      [&](std::int64_t sample, std::span<const Tensor> inputs, int index) {
                        Worker& worker = *workers[static_cast<std::size_t>(index)];
                        auto& mine = sums[static_cast<std::size_t>(sample)];
                        mine.resize(slots_.size());
                        if (own) {
                          worker.keeper->start(sample, inputs);
                          worker.float_run.run(inputs, worker.keeper.get());
                        }
                        const FloatSample& exact = own ? worker.exact : elements.at(sample);
                        worker.comparer.start(sample, exact, mine);
                        worker.quantized_run.run(inputs, &worker.comparer);
                      });
    for (const auto& worker : workers) merge(worker->merged, elements.most_elements());
    for (const auto& sample : sums) add(sample);
  }

  void measure_isolated() {
    const Isolated isolated =
        isolate(subject_.raised_float_graph, subject_.quantized_graph, subject_.float_names);
    const auto errors =
        isolated_errors(isolated, subject_.quantized_opsets, samples_, subject_.isolated_samples);
    for (TensorError& row : analysis_.tensors) {
      const auto found = errors.find(row.tensor);
      if (found != errors.end() && row.is_result) row.isolated = found->second;
    }
  }

  void merge(const std::vector<Merged>& merged, std::size_t most_elements) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (merged[i].is_sampled && !slots_[i].output) analysis_.compared_elements = most_elements;
      if (!slots_[i].row || merged[i].low > merged[i].high) continue;
      TensorError& row = analysis_.tensors[*slots_[i].row];
      const bool first = std::all_of(row.histogram.begin(), row.histogram.end(),
                                     [](std::uint64_t count) { return count == 0; });
      row.quantized_min = first ? merged[i].low : std::min(row.quantized_min, merged[i].low);
      row.quantized_max = first ? merged[i].high : std::max(row.quantized_max, merged[i].high);
      for (std::size_t bin = 0; bin < row.histogram.size(); ++bin) {
        row.histogram[bin] += merged[i].histogram[bin];
      }
    }
  }

  void add(const std::vector<SampleSums>& sample) {
    if (sample.empty()) return;  // unreadable
    ++analysis_.samples;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].row) analysis_.tensors[*slots_[i].row].sums.add(sample[i].sums);
      if (!slots_[i].output) continue;
      OutputError& output = analysis_.outputs[*slots_[i].output];
      output.sums.add(sample[i].sums);
      output.samples += sample[i].rows;
      output.agreeing += sample[i].agreeing;
      output.is_vector = output.is_vector || sample[i].is_vector;
    }
  }

  static constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

  const Subject& subject_;
  quantize::Samples& samples_;
  Analysis analysis_;
  std::set<ValueId> listed_;
  SlotOf quantized_slots_;
  std::vector<Slot> slots_;
  std::vector<std::string> watched_;  ///< of each slot, in the quantized graph
};

}  // namespace

Analysis analyse(const Subject& subject, quantize::Samples& samples) {
  return Analyst(subject, samples).run();
}

}  // namespace xquant::report
