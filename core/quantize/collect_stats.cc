#include "quantize/collect_stats.h"

#include <utility>
#include <vector>

#include "quantize/observers/method.h"
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

bool is_activation(const Graph& graph, const Trace& trace, ValueId value) {
  return value != ValueId::kNone && graph.constant(value) == nullptr && is_float(trace, value);
}

}  // namespace

ActivationStats needed_stats(const Graph& graph, const plan::QuantPlan& plan, const Trace& trace) {
  ActivationStats stats;
  const auto watch = [&](ValueId value) {
    if (is_activation(graph, trace, value)) {
      stats.try_emplace(value, TensorStats::Detail::kRangeOnly);
    }
  };
  for (const NodeId id : graph.nodes()) {
    if (!plan.node(id).quantized) continue;
    for (const ValueId input : graph.node(id).inputs) watch(input);
    for (const ValueId output : graph.node(id).outputs) watch(output);
  }
  for (const plan::Group& group : plan.groups) {
    if (method(group.rule.type).needs_histogram()) {
      stats.insert_or_assign(group.root, TensorStats(TensorStats::Detail::kHistogram));
    }
  }
  return stats;
}

ActivationStats all_stats(const Graph& graph, const Trace& trace) {
  ActivationStats stats;
  for (const auto& [value, traced] : trace) {
    if (is_activation(graph, trace, value)) stats.try_emplace(value);
  }
  return stats;
}

ActivationStats collect_stats(const std::shared_ptr<const runtime::Program>& program,
                              const ActivationStats& empty, Samples& samples) {
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

}  // namespace xquant::quantize
