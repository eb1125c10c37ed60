#include "quantize/equalize/equalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "quantize/decibel.h"
#include "quantize/equalize/channel_classes.h"
#include "quantize/equalize/channel_ranges.h"
#include "quantize/equalize/class_scales.h"
#include "quantize/params.h"
#include "quantize/reconstruct/stream.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

constexpr std::array kStrengths = {0.5F, 1.0F};

/// Multiplications of one pass over the samples that are looked at, and their number.
constexpr double kWork = 6e9;
constexpr std::int64_t kFewestSamples = 8;
constexpr std::int64_t kMostSamples = 64;

/// How far the outputs of the scaled float model may be off, relative to their range. Rounding of
/// scaled weights costs about 1e-7 for each layer.
constexpr float kTolerance = 1e-5F;

/// Some samples' inputs and float outputs.
struct Measured {
  std::vector<std::vector<Tensor>> inputs;  ///< of the samples that judge
  std::vector<std::vector<Tensor>> outputs;
  RangesByValue ranges;  ///< over the others
};

Measured measure(const Subject& subject, const std::vector<ValueId>& tensors) {
  const std::int64_t available = subject.samples.count();
  const std::int64_t count = affordable_samples(subject, kWork, kFewestSamples, kMostSamples);
  struct Worker {
    runtime::Executor executor;
    RangeObserver observer;
  };
  std::vector<Worker> workers;
  for (int i = 0; i < subject.samples.workers(); ++i) {
    workers.push_back({runtime::Executor(subject.program), RangeObserver(tensors)});
  }
  std::vector<std::vector<Tensor>> inputs(static_cast<std::size_t>(count)), outputs(inputs.size());
  subject.samples.for_each(
      "observe", [&](std::int64_t sample, std::span<const Tensor> values, int worker) {
        const std::int64_t position = (sample * count + available - 1) / available;
        if (position >= count || position * available / count != sample) return;
        Worker& mine = workers[static_cast<std::size_t>(worker)];
        const bool judges = position % 2 == 1;
        auto results = mine.executor.run(values, judges ? nullptr : &mine.observer);
        if (!judges) return;
        inputs[static_cast<std::size_t>(position)].assign(values.begin(), values.end());
        outputs[static_cast<std::size_t>(position)] = std::move(results);
      });
  Measured measured;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (outputs[i].empty()) continue;
    measured.inputs.push_back(std::move(inputs[i]));
    measured.outputs.push_back(std::move(outputs[i]));
  }
  for (const Worker& worker : workers) workers[0].observer.merge(worker.observer);
  measured.ranges = workers[0].observer.ranges();
  return measured;
}

/// Noise relative to signal over several tensors of one output.
double relative_noise(const std::vector<std::vector<Tensor>>& exact, std::size_t output,
                      const std::vector<Tensor>& rounded) {
  double signal = 0, noise = 0;
  for (std::size_t s = 0; s < exact.size(); ++s) {
    const auto x = exact[s][output].data<float>(), y = rounded[s].data<float>();
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
      const double a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
      signal += a * a;
      noise += (a - b) * (a - b);
    }
  }
  return noise / std::max(signal, std::numeric_limits<double>::min());
}

class Equalizer {
 public:
  Equalizer(const Subject& subject, const plan::QuantPlan& plan)
      : subject_(subject),
        plan_(plan),
        classes_(ChannelClasses::find(subject.graph, subject.trace, subject.opsets)) {
    for (const plan::Group& group : plan.groups) roots_.push_back(group.root);
  }

  bool is_worth_trying() const { return classes_.count() > 1 && !roots_.empty(); }

  std::optional<Graph> run(std::vector<StageRecord>& records, Diagnostics& diagnostics) {
    measured_ = measure(subject_, roots_);
    if (measured_.inputs.empty()) return std::nullopt;
    const ClassScales none(static_cast<std::size_t>(classes_.count()), 1.0F);
    const double before = noise_of(subject_.graph, none);
    double best = before;
    float chosen = 0;
    std::optional<Graph> kept;
    for (const float strength : kStrengths) {
      const ClassScales scales = choose_class_scales(classes_, measured_.ranges, strength);
      Graph graph = subject_.graph;
      apply_class_scales(subject_.trace, classes_, scales, graph);
      if (!is_same_function(graph)) {
        diagnostics.warn("XQ-TUN-003",
                         "Equalized channels changed the float outputs by more than 1e-5 of their "
                         "range; the model stays as it is.");
        continue;
      }
      const double noise = noise_of(graph, scales);
      if (!(noise < best)) continue;
      best = noise;
      chosen = strength;
      kept = std::move(graph);
    }
    records.push_back(
        {.stage = "equalization",
         .node = "",
         .tensor = "",
         .choice = kept ? (chosen < 1 ? "half strength" : "full strength") : "channels as they are",
         .before_db = decibel(1, before),
         .after_db = decibel(1, best)});
    return kept;
  }

 private:
  bool is_same_function(const Graph& graph) const {
    const auto program = runtime::Program::compile(graph, subject_.opsets);
    const std::vector<Tensor> results = runtime::Executor(program).run(measured_.inputs[0]);
    for (std::size_t o = 0; o < results.size(); ++o) {
      if (results[o].type() != DataType::kFloat) continue;
      const auto x = measured_.outputs[0][o].data<float>(), y = results[o].data<float>();
      float largest = 0, difference = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        largest = std::max(largest, std::abs(x[i]));
        difference = std::max(difference, std::abs(x[i] - y[i]));
      }
      if (!(difference <= kTolerance * largest)) return false;
    }
    return true;
  }

  /// The error of the outputs when the activations of the scaled model are rounded over their
  /// ranges and its weights are not.
  double noise_of(const Graph& graph, const ClassScales& scales) const {
    plan::QuantPlan plan = plan_;
    for (plan::ConstantOperand& operand : plan.constants) {
      operand.params.scales.clear();
      operand.params.zero_points.clear();
    }
    for (plan::Group& group : plan.groups) group.params = params_of(group.root, scales);
    QuantizedStream stream(graph, subject_.opsets, plan, subject_.pool);
    stream.start(measured_.inputs);
    const std::vector<NodeId> order = graph.topological_order();
    for (const NodeId id : order) {
      subject_.monitor.step({"equalize", 0, 0});
      stream.compute(id);
      stream.settle(id);
    }
    double sum = 0;
    for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
      if (measured_.outputs[0][o].type() != DataType::kFloat) continue;
      sum += relative_noise(measured_.outputs, o, stream.result(graph.outputs[o]));
    }
    return sum;
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
  std::vector<ValueId> roots_;
  Measured measured_;
};

}  // namespace

std::optional<Graph> equalize(const Subject& subject, const plan::QuantPlan& plan,
                              std::vector<StageRecord>& records, Diagnostics& diagnostics) {
  Equalizer equalizer(subject, plan);
  if (!equalizer.is_worth_trying()) return std::nullopt;
  return equalizer.run(records, diagnostics);
}

}  // namespace xquant::quantize
