#include "quantize/equalize/equalize.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "quantize/calibrate/float_run.h"
#include "quantize/calibrate/sample_parts.h"
#include "quantize/decibel.h"
#include "quantize/equalize/channel_classes.h"
#include "quantize/equalize/channel_ranges.h"
#include "quantize/equalize/class_scales.h"
#include "quantize/equalize/coarse_weights.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/outputs/same_function.h"
#include "quantize/params.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

struct Equalization {
  float strength;
  bool with_weights;  ///< the ranges of weights with one scale count as well
  const char* name;
};
constexpr std::array<Equalization, 4> kEqualizations = {
    {{0.5F, false, "half strength"},
     {1.0F, false, "full strength"},
     {0.5F, true, "half strength, with weights"},
     {1.0F, true, "full strength, with weights"}}};

/// Multiplications of one pass over the samples that are looked at, and their number. Ranges of a
/// few samples clip the others, and what that costs hides what scaling brings.
constexpr double kEqualizingWork = 24e9;
constexpr std::int64_t kFewestEqualizingSamples = 8;
constexpr std::int64_t kMostEqualizingSamples = 64;

struct MeasuredLosses {
  FloatOutputs judges;   ///< of half of the samples
  RangesByValue ranges;  ///< over the others
};

/// Ranges of the tensors, or what the model is judged by.
class HalfObserver final : public runtime::Observer {
 public:
  HalfObserver(const std::vector<ValueId>& tensors, const std::vector<Judged>& judged)
      : ranges_(tensors), judged_(judged) {}

  void measure_ranges() { judges_ = false; }
  void judge(std::vector<Tensor>& kept) {
    judges_ = true;
    judged_.start(kept);
  }
  RangeObserver& ranges() { return ranges_; }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    if (judges_)
      judged_.on_value(id, view);
    else
      ranges_.on_value(id, view);
  }

 private:
  RangeObserver ranges_;
  JudgedObserver judged_;
  bool judges_ = false;
};

MeasuredLosses measure(const Subject& subject, const std::vector<ValueId>& tensors) {
  const std::int64_t available = subject.samples.count();
  const std::int64_t count = affordable_samples(subject, kEqualizingWork, kFewestEqualizingSamples,
                                                kMostEqualizingSamples);
  const std::vector<Judged> values = judged_values(subject);
  struct Worker {
    runtime::Executor executor;
    HalfObserver observer;
  };
  std::vector<Worker> workers;
  for (int i = 0; i < subject.samples.workers(); ++i) {
    workers.push_back({runtime::Executor(subject.program), HalfObserver(tensors, values)});
  }
  std::vector<std::vector<Tensor>> inputs(static_cast<std::size_t>(count)), judged(inputs.size());
  subject.samples.for_each("observe",
                           [&](std::int64_t sample, std::span<const Tensor> operands, int worker) {
                             const auto position = evenly_spread(sample, count, available);
                             if (!position) return;
                             const std::size_t at = *position;
                             Worker& mine = workers[static_cast<std::size_t>(worker)];
                             if (at % 2 == 0) {
                               mine.observer.measure_ranges();
                             } else {
                               mine.observer.judge(judged[at]);
                               inputs[at].assign(operands.begin(), operands.end());
                             }
                             mine.executor.run(operands, &mine.observer);
                           });
  MeasuredLosses measured;
  measured.judges.values = values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    measured.judges.inputs.push_back(std::move(inputs[i]));
    measured.judges.judged.push_back(std::move(judged[i]));
  }
  RangeObserver& all = workers[0].observer.ranges();
  for (std::size_t i = 1; i < workers.size(); ++i) all.merge(workers[i].observer.ranges());
  measured.ranges = all.ranges();
  return measured;
}

class Equalizer {
 public:
  Equalizer(const Subject& subject, const plan::QuantPlan& plan)
      : subject_(subject),
        plan_(plan),
        classes_(ChannelClasses::find(subject.graph, subject.trace, subject.opsets)),
        coarse_(coarse_weights(subject.graph, subject.trace, plan)) {
    for (const plan::Group& group : plan.groups) roots_.push_back(group.root);
  }

  bool is_worth_trying() const { return classes_.count() > 1 && !roots_.empty(); }

  std::optional<Graph> run(std::vector<StageRecord>& records, Diagnostics& diagnostics) {
    measured_ = measure(subject_, roots_);
    if (measured_.judges.samples() == 0) return std::nullopt;
    const OutputLoss loss(subject_, measured_.judges);
    const ClassScales none(static_cast<std::size_t>(classes_.count()), 1.0F);
    const double before = noise_of(subject_.graph, none, loss);
    double best = before;
    const char* chosen = "channels as they are";
    std::optional<ClassScales> kept;  // not the graph: it holds a copy of the weights
    const auto extents = weight_extents(subject_.graph, classes_, coarse_);
    for (const Equalization& tried : kEqualizations) {
      if (tried.with_weights && extents.empty()) continue;
      const auto counted = tried.with_weights ? std::span(extents) : std::span<WeightExtents>();
      ClassScales scales = choose_class_scales(classes_, measured_.ranges, counted, tried.strength);
      Graph graph = scaled(scales);
      if (!is_same_function(subject_, graph, measured_.judges)) {
        // What stands in front of a steep output multiplies the rounding of scaled weights.
        scales = to_powers_of_two(scales);
        graph = scaled(scales);
      }
      if (!is_same_function(subject_, graph, measured_.judges)) {
        diagnostics.warn("XQ-TUN-003",
                         "Equalized channels changed the float outputs by more than 1e-5 of their "
                         "range; the model stays as it is.");
        continue;
      }
      const double noise = noise_of(std::move(graph), scales, loss);
      if (!(noise < best)) continue;
      best = noise;
      chosen = tried.name;
      kept = std::move(scales);
    }
    records.push_back({.stage = "equalization",
                       .node = "",
                       .tensor = "",
                       .choice = chosen,
                       .before_db = decibel(1, before),
                       .after_db = decibel(1, best)});
    if (!kept) return std::nullopt;
    return scaled(*kept);
  }

 private:
  Graph scaled(const ClassScales& scales) const {
    Graph graph = subject_.graph;
    apply_class_scales(subject_.trace, classes_, scales, graph);
    return graph;
  }

  /// The loss of the outputs when the activations of the scaled model are rounded over their
  /// ranges, and those of its weights that have one scale. Others have a scale for each channel,
  /// which takes up most of what scaling does to them.
  double noise_of(Graph graph, const ClassScales& scales, const OutputLoss& loss) const {
    subject_.monitor.step({"equalize", 0, 0});
    std::vector<plan::Group> groups = plan_.groups;
    for (plan::Group& group : groups) group.params = params_of(group.root, scales);
    round_weights(plan_, coarse_, graph);
    const Subject scaled{graph,           subject_.opsets,  subject_.program,
                         subject_.trace,  subject_.samples, subject_.pool,
                         subject_.monitor};
    const auto noise = RoundedModel(scaled, plan_).run(groups, measured_.judges, loss, 0, 1);
    return loss.total(noise, 0, 1);
  }

  plan::QuantParams params_of(ValueId value, const ClassScales& scales) const {
    const ChannelRanges& ranges = measured_.ranges.at(value);
    const auto* classes = classes_.of(value);
    Range range;
    for (std::size_t c = 0; c < ranges.low.size(); ++c) {
      const bool scaled = classes != nullptr && c < classes->size();
      const double scale =
          scaled ? static_cast<double>(scales[static_cast<std::size_t>((*classes)[c])]) : 1.0;
      range.low = std::min(range.low, static_cast<double>(ranges.low[c]) / scale);
      range.high = std::max(range.high, static_cast<double>(ranges.high[c]) / scale);
    }
    return asymmetric_params(range);
  }

  const Subject& subject_;
  const plan::QuantPlan& plan_;
  ChannelClasses classes_;
  std::vector<CoarseWeight> coarse_;
  std::vector<ValueId> roots_;
  MeasuredLosses measured_;
};

}  // namespace

std::optional<Graph> equalize(const Subject& subject, const plan::QuantPlan& plan,
                              std::vector<StageRecord>& records, Diagnostics& diagnostics) {
  Equalizer equalizer(subject, plan);
  if (!equalizer.is_worth_trying()) return std::nullopt;
  return equalizer.run(records, diagnostics);
}

}  // namespace xquant::quantize
