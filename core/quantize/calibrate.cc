#include "quantize/calibrate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "quantize/operands.h"
#include "quantize/params.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

class StatsObserver final : public runtime::Observer {
 public:
  explicit StatsObserver(ActivationStats stats) : stats_(std::move(stats)) {}

  void set_sample(std::int64_t sample) { sample_ = sample; }
  const ActivationStats& stats() const { return stats_; }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    const auto found = stats_.find(id);
    if (found != stats_.end() && view.type == DataType::kFloat) {
      found->second.observe(view.as<float>(), sample_);
    }
  }

 private:
  ActivationStats stats_;
  std::int64_t sample_ = 0;
};

ActivationStats empty_stats(const Graph& graph, const plan::QuantPlan& plan, const Trace& trace,
                            const Method& method) {
  ActivationStats stats;
  const auto watch = [&](ValueId value) {
    if (value == ValueId::kNone || graph.constant(value) != nullptr || !is_float(trace, value))
      return;
    stats.try_emplace(value, TensorStats::Detail::kRangeOnly);
  };
  for (const NodeId id : graph.nodes()) {
    if (!plan.node(id).quantized) continue;
    for (const ValueId input : graph.node(id).inputs) watch(input);
    for (const ValueId output : graph.node(id).outputs) watch(output);
  }
  for (const plan::Group& group : plan.groups) {
    if (method.type != config::CalibrationType::kMinmax) {
      stats.insert_or_assign(group.root, TensorStats(TensorStats::Detail::kHistogram));
    }
  }
  return stats;
}

/// What a Pad writes around its input; nullopt when only a run can tell, or when it writes no
/// value.
std::optional<double> pad_value(const Graph& graph, const Node& pad) {
  if (pad.string_or("mode", "constant") != "constant") return std::nullopt;
  const ValueId operand = pad.input(2);
  if (operand == ValueId::kNone) return static_cast<double>(pad.float_or("value", 0.0F));
  const Tensor* constant = graph.constant(operand);
  if (constant == nullptr || constant->type() != DataType::kFloat || constant->size() != 1) {
    return std::nullopt;
  }
  return static_cast<double>(constant->data<float>()[0]);
}

/// The value that a Pad writes around its input belongs to the tensor's range, unless it is so far
/// off (the lowest float before a MaxPool) that it would ruin the scale: then it saturates.
void widen_by_pad_values(const Graph& graph, const plan::Group& group, Range& range) {
  constexpr double kMostWidening = 16;
  for (const ValueId member : group.members) {
    const NodeId producer = graph.value(member).producer;
    if (producer == NodeId::kNone || !graph.node(producer).is("Pad")) continue;
    const std::optional<double> value = pad_value(graph, graph.node(producer));
    if (!value) continue;
    const Range widened{std::min(range.low, *value), std::max(range.high, *value)};
    if (widened.high - widened.low <= kMostWidening * (range.high - range.low)) range = widened;
  }
}

void report_oddities(const Graph& graph, ValueId value, const TensorStats& stats,
                     Diagnostics& diagnostics) {
  const Place place{.tensor = graph.value(value).name};
  if (stats.non_finite() > 0) {
    diagnostics.warn("XQ-CAL-001",
                     std::to_string(stats.non_finite()) +
                         " elements are NaN or infinite, first in calibration sample " +
                         std::to_string(stats.first_non_finite()) + ".",
                     place,
                     "They are left out of the range; check this sample and its preprocessing.");
  }
  if (stats.min() == 0.0F && stats.max() == 0.0F) {
    diagnostics.warn(
        "XQ-CAL-002", "The tensor is zero in every calibration sample.", place,
        "It gets the smallest scale; check that the calibration data is what the model expects.");
  }
}

}  // namespace

ActivationStats collect_stats(const Graph& graph,
                              const std::shared_ptr<const runtime::Program>& program,
                              const plan::QuantPlan& plan, const Trace& trace, const Method& method,
                              Samples& samples) {
  const ActivationStats empty = empty_stats(graph, plan, trace, method);
  const auto workers = static_cast<std::size_t>(samples.workers());
  std::vector<StatsObserver> observers(workers, StatsObserver(empty));
  std::vector<runtime::Executor> executors;
  for (std::size_t i = 0; i < workers; ++i) executors.emplace_back(program);
  samples.for_each("calibrate",
                   [&](std::int64_t sample, std::span<const Tensor> inputs, int worker) {
                     StatsObserver& observer = observers[static_cast<std::size_t>(worker)];
                     observer.set_sample(sample);
                     executors[static_cast<std::size_t>(worker)].run(inputs, &observer);
                   });
  ActivationStats merged = empty;
  for (const StatsObserver& observer : observers) {
    for (auto& [value, stats] : merged) stats.merge(observer.stats().at(value));
  }
  return merged;
}

void choose_activation_params(const Graph& graph, const ActivationStats& stats,
                              const Method& method, const MethodSettings& settings,
                              plan::QuantPlan& plan, Diagnostics& diagnostics) {
  for (plan::Group& group : plan.groups) {
    const TensorStats& root = stats.at(group.root);
    report_oddities(graph, group.root, root, diagnostics);
    Range range = method.choose(root, settings);
    widen_by_pad_values(graph, group, range);
    group.params = asymmetric_params(range);
  }
}

void choose_constant_params(const Graph& graph, plan::QuantPlan& plan, Diagnostics& diagnostics) {
  for (plan::ConstantOperand& operand : plan.constants) {
    const Tensor& tensor = *graph.constant(operand.value);
    if (operand.kind == plan::ConstantOperand::Kind::kOperand) {
      const auto values = tensor.data<float>();
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      operand.params =
          values.empty()
              ? asymmetric_params({})
              : asymmetric_params({static_cast<double>(*low), static_cast<double>(*high)});
      continue;
    }
    if (operand.power_of_two) {
      operand.params = power_of_two_params(tensor);
      continue;
    }
    std::int64_t zeros = 0;
    operand.params = symmetric_params(tensor, operand.params.axis, &zeros);
    if (zeros == 0) continue;
    diagnostics.info(
        "XQ-CAL-003",
        std::to_string(zeros) + " of " + std::to_string(operand.params.scales.size()) +
            " output channels have only zero weights; they get scale 1.",
        {.node = graph.node(operand.use.node).name, .tensor = graph.value(operand.value).name});
  }
}

}  // namespace xquant::quantize
