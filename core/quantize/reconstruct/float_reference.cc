#include "quantize/reconstruct/float_reference.h"

#include <algorithm>

#include "quantize/reconstruct/sampling.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

/// Activations of the stream are int8; two tensors of the largest kind are alive at once, and more
/// where branches meet.
constexpr double kStreamBytes = 192e6;
constexpr std::int64_t kFewestSamples = 8;

/// Bounds the gathered rows of one layer: 64 MB.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;
/// Of the float model's results of all layers, which are held at once: 192 MB.
constexpr double kMostResults = 48e6;
/// Neither the number of groups nor that of channels leaves fewer rows.
constexpr std::int64_t kFewestRows = 4096;

double elements(const Trace& trace, ValueId value) {
  const auto found = trace.find(value);
  return found == trace.end() ? 0 : static_cast<double>(element_count(found->second.shape));
}

double multiplications(const Graph& graph, const Trace& trace, const Layer& layer) {
  return elements(trace, graph.node(layer.node()).output(0)) * static_cast<double>(layer.inputs());
}

/// Of a layer's result in one sample.
std::int64_t positions_of(const Trace& trace, const Layer& layer) {
  const auto traced = trace.find(layer.result());
  return traced == trace.end() ? 0 : layer.positions(traced->second.shape);
}

/// Bytes of the stream for one sample at its fullest, taking every live tensor as int8.
double live_bytes(const Graph& graph, const Trace& trace) {
  std::map<ValueId, std::size_t> readers;
  double live = 0, most = 0;
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    for (const ValueId output : node.outputs) {
      if (output == ValueId::kNone) continue;
      live += elements(trace, output);
      readers[output] = graph.uses(output).size();
    }
    most = std::max(most, live);
    for (const ValueId input : node.inputs) {
      const auto left = readers.find(input);
      if (left != readers.end() && --left->second == 0) live -= elements(trace, input);
    }
  }
  return most;
}

}  // namespace

Extent plan_extent(const Graph& graph, const Trace& trace,
                   const std::vector<std::unique_ptr<Layer>>& layers, std::int64_t available,
                   const Effort& effort) {
  double work = 0;
  for (const auto& layer : layers) work += multiplications(graph, trace, *layer);
  const double by_work = effort.work / std::max(work, 1.0);
  const double by_memory = kStreamBytes / std::max(live_bytes(graph, trace), 1.0);
  const auto affordable = static_cast<std::int64_t>(
      std::min({by_work, by_memory, static_cast<double>(effort.most_samples)}));
  const std::int64_t count = std::min(available, std::max(affordable, kFewestSamples));
  Extent extent;
  for (std::int64_t i = 0; i < count; ++i) extent.samples.push_back(i * available / count);
  std::vector<std::int64_t> rows;
  double results = 0;
  for (const auto& layer : layers) {
    const auto inputs = static_cast<std::int64_t>(layer->inputs());
    const auto groups = static_cast<std::int64_t>(layer->groups());
    const std::int64_t wanted =
        std::clamp(effort.rows_per_input * inputs, effort.fewest_rows, effort.most_rows);
    rows.push_back(std::min({wanted, std::max(kMostElements / (inputs * groups), kFewestRows),
                             std::max<std::int64_t>(kMostElements / inputs, 1),
                             count * positions_of(trace, *layer)}));
    results += static_cast<double>(rows.back()) * static_cast<double>(layer->channels());
  }
  const double share = std::min(kMostResults / std::max(results, 1.0), 1.0);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto affordable_rows = static_cast<std::int64_t>(share * static_cast<double>(rows[i]));
    const std::int64_t taken = std::max(affordable_rows, std::min(rows[i], kFewestRows));
    extent.positions[layers[i]->result()] = (taken + count - 1) / std::max<std::int64_t>(count, 1);
  }
  return extent;
}

std::size_t rows_of_one_side(const Layer& layer, const Trace& trace, const Extent& extent) {
  const std::int64_t positions =
      std::min(positions_of(trace, layer), extent.positions.at(layer.result()));
  return static_cast<std::size_t>(positions) * ((extent.samples.size() + 1) / 2);
}

/// Picks the sampled positions of the layers' results.
class ReferenceObserver final : public runtime::Observer {
 public:
  ReferenceObserver(const std::vector<std::unique_ptr<Layer>>& layers, const Extent& extent,
                    const std::vector<Judged>& judged)
      : extent_(extent), judged_(judged) {
    for (const auto& layer : layers) layers_[layer->result()] = layer.get();
  }

  void start(std::int64_t sample, std::map<ValueId, FloatReference::Record>& records,
             std::vector<Tensor>& judged) {
    judged_.start(judged);
    sample_ = sample;
    records_ = &records;
  }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    judged_.on_value(id, view);
    const auto found = layers_.find(id);
    if (found == layers_.end()) return;
    const Layer& layer = *found->second;
    FloatReference::Record& record = (*records_)[id];
    record.shape = view.shape_copy();
    record.positions =
        sampled_positions(layer.positions(view.shape), extent_.positions.at(id),
                          static_cast<std::uint64_t>(sample_) * 0x10001U + index(id));
    layer.gather_outputs(view, record.positions, record.rows);
  }

 private:
  const Extent& extent_;
  JudgedObserver judged_;
  std::map<ValueId, const Layer*> layers_;
  std::int64_t sample_ = 0;
  std::map<ValueId, FloatReference::Record>* records_ = nullptr;
};

FloatReference::FloatReference(const Subject& subject,
                               const std::vector<std::unique_ptr<Layer>>& layers,
                               const Extent& extent) {
  const std::vector<Judged> values = judged_values(subject);
  struct Worker {
    runtime::Executor executor;
    ReferenceObserver observer;
  };
  std::vector<Worker> workers;
  for (int i = 0; i < subject.samples.workers(); ++i) {
    workers.push_back(
        {runtime::Executor(subject.program), ReferenceObserver(layers, extent, values)});
  }
  struct Taken {
    std::vector<Tensor> inputs;
    std::vector<Tensor> judged;
    std::map<ValueId, Record> records;
  };
  std::vector<Taken> taken(extent.samples.size());
  subject.samples.for_each(
      "gather", [&](std::int64_t sample, std::span<const Tensor> inputs, int index) {
        const auto at = std::lower_bound(extent.samples.begin(), extent.samples.end(), sample);
        if (at == extent.samples.end() || *at != sample) return;
        Taken& mine = taken[static_cast<std::size_t>(at - extent.samples.begin())];
        Worker& worker = workers[static_cast<std::size_t>(index)];
        worker.observer.start(sample, mine.records, mine.judged);
        worker.executor.run(inputs, &worker.observer);
        mine.inputs.assign(inputs.begin(), inputs.end());
      });
  for (Taken& sample : taken) {
    if (sample.inputs.empty()) continue;
    if (inputs_.size() % 2 == 1) {
      judges_.inputs.push_back(sample.inputs);
      judges_.judged.push_back(std::move(sample.judged));
    }
    inputs_.push_back(std::move(sample.inputs));
    for (auto& [value, record] : sample.records) records_[value].push_back(std::move(record));
  }
}

}  // namespace xquant::quantize
