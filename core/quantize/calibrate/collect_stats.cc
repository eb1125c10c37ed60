#include "quantize/calibrate/collect_stats.h"

#include <list>
#include <vector>

#include "quantize/observers/method.h"

namespace xquant::quantize {
namespace {

class StatsObserver final : public RunObserver {
 public:
  explicit StatsObserver(ActivationStats& stats) : stats_(stats) {}

  void start(std::int64_t sample, std::span<const Tensor>) override { sample_ = sample; }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    const auto found = stats_.find(id);
    if (found != stats_.end() && view.type == DataType::kFloat) {
      found->second.observe(view.as<float>(), sample_);
    }
  }

 private:
  ActivationStats& stats_;
  std::int64_t sample_ = 0;
};

/// Statistics of every thread, that add up in any order.
class StatsRecorder final : public FloatRecorder {
 public:
  explicit StatsRecorder(const ActivationStats& empty) : empty_(empty) {}

  bool wants(std::int64_t) const override { return true; }
  std::unique_ptr<RunObserver> observer() override {
    return std::make_unique<StatsObserver>(of_threads_.emplace_back(empty_));
  }
  ActivationStats merged() const {
    ActivationStats merged = empty_;
    for (const ActivationStats& part : of_threads_) {
      for (auto& [value, stats] : merged) stats.merge(part.at(value));
    }
    return merged;
  }

 private:
  const ActivationStats& empty_;
  std::list<ActivationStats> of_threads_;
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
                              const ActivationStats& empty, Samples& samples,
                              std::span<FloatRecorder* const> others) {
  StatsRecorder stats(empty);
  std::vector<FloatRecorder*> recorders{&stats};
  recorders.insert(recorders.end(), others.begin(), others.end());
  run_recorded(program, samples, "calibrate", recorders);
  return stats.merged();
}

}  // namespace xquant::quantize
