#include "quantize/reconstruct/float_reference.h"

#include <algorithm>

#include "quantize/outputs/evidence.h"
#include "quantize/reconstruct/sampling.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Activations of the stream are int8; two tensors of the largest kind are alive at once, and more
/// where branches meet.
constexpr double kStreamBytes = 192e6;
constexpr std::int64_t kFewestReferenceSamples = 8;

/// Bounds the gathered rows of one layer: 64 MB.
constexpr std::int64_t kMostReferenceElements = std::int64_t{1} << 24;
/// Of the float model's results of all layers, which are held at once: 192 MB.
constexpr double kMostResults = 48e6;
/// Neither the number of groups nor that of channels leaves fewer rows.
constexpr std::int64_t kFewestRows = 4096;

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

ReferenceExtent plan_extent(const Graph& graph, const Trace& trace,
                            const std::vector<std::unique_ptr<Layer>>& layers,
                            std::int64_t available, const Effort& effort) {
  double work = 0;
  for (const auto& layer : layers) work += multiplications(graph, trace, *layer);
  const double by_work = effort.work / std::max(work, 1.0);
  const double by_memory = kStreamBytes / std::max(live_bytes(graph, trace), 1.0);
  const auto affordable = static_cast<std::int64_t>(
      std::min({by_work, by_memory, static_cast<double>(effort.most_samples)}));
  const std::int64_t count = std::min(available, std::max(affordable, kFewestReferenceSamples));
  ReferenceExtent extent{.samples = count};
  std::vector<std::int64_t> rows;
  double results = 0;
  for (const auto& layer : layers) {
    const auto inputs = static_cast<std::int64_t>(layer->inputs());
    const auto groups = static_cast<std::int64_t>(layer->groups());
    const std::int64_t wanted =
        std::clamp(effort.rows_per_input * inputs, effort.fewest_rows, effort.most_rows);
    rows.push_back(
        std::min({wanted, std::max(kMostReferenceElements / (inputs * groups), kFewestRows),
                  std::max<std::int64_t>(kMostReferenceElements / inputs, 1),
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

std::size_t rows_of_one_side(const Layer& layer, const Trace& trace,
                             const ReferenceExtent& extent) {
  const std::int64_t positions =
      std::min(positions_of(trace, layer), extent.positions.at(layer.result()));
  return static_cast<std::size_t>(positions) * static_cast<std::size_t>((extent.samples + 1) / 2);
}

ReferenceRecorder::ReferenceRecorder(const Subject& subject, const plan::QuantPlan& plan,
                                     const Effort& effort)
    : layers_(make_layers(subject.graph, plan)),
      judged_(evidence(subject, plan)),
      available_(subject.samples.count()) {
  if (layers_.empty()) return;
  extent_ = plan_extent(subject.graph, subject.trace, layers_, subject.samples.count(), effort);
  taken_.resize(static_cast<std::size_t>(extent_.samples));
}

/// Picks the sampled positions of the layers' results.
class ReferenceRecorder::Observer final : public RunObserver {
 public:
  explicit Observer(ReferenceRecorder& recorder) : recorder_(recorder), judged_(recorder.judged_) {
    for (const auto& layer : recorder.layers_) layers_[layer->result()] = layer.get();
  }

  void start(std::int64_t sample, std::span<const Tensor> inputs) override {
    Taken& taken = recorder_.taken_[*recorder_.place_of(sample)];
    taken.inputs.assign(inputs.begin(), inputs.end());
    judged_.start(taken.judged);
    sample_ = sample;
    records_ = &taken.records;
  }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    judged_.on_value(id, view);
    const auto found = layers_.find(id);
    if (found == layers_.end()) return;
    const Layer& layer = *found->second;
    FloatReference::Record& record = (*records_)[id];
    record.shape = view.shape_copy();
    record.positions =
        sampled_positions(layer.positions(view.shape), recorder_.extent_.positions.at(id),
                          static_cast<std::uint64_t>(sample_) * 0x10001U + index(id));
    layer.gather_outputs(view, record.positions, record.rows);
  }

 private:
  ReferenceRecorder& recorder_;
  JudgedObserver judged_;
  std::map<ValueId, const Layer*> layers_;
  std::int64_t sample_ = 0;
  std::map<ValueId, FloatReference::Record>* records_ = nullptr;
};

std::unique_ptr<RunObserver> ReferenceRecorder::observer() {
  return std::make_unique<Observer>(*this);
}

FloatReference ReferenceRecorder::take() {
  FloatReference reference;
  reference.judges_.values = judged_;
  std::vector<std::size_t> readable;
  for (std::size_t place = 0; place < taken_.size(); ++place) {
    Taken& sample = taken_[place];
    if (sample.inputs.empty()) continue;
    if (SampleParts::judges_whole(place, taken_.size())) {
      reference.judges_.inputs.push_back(sample.inputs);
      reference.judges_.judged.push_back(std::move(sample.judged));
    }
    readable.push_back(place);
    reference.inputs_.push_back(std::move(sample.inputs));
    for (auto& [value, record] : sample.records) {
      reference.records_[value].push_back(std::move(record));
    }
  }
  reference.parts_ = SampleParts::of(readable, taken_.size());
  taken_.clear();
  return reference;
}

}  // namespace xquant::quantize
