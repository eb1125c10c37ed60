#include "quantize/outputs/float_outputs.h"

#include <utility>
namespace xquant::quantize {
void JudgedObserver::on_value(ValueId id, const runtime::TensorView& view) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].value == id) (*kept_)[i] = runtime::copy_of(view);
  }
}

std::vector<Judged> judged_values(const Subject& subject) {
  const Graph& graph = subject.graph;
  std::vector<Judged> values;
  for (const ValueId output : subject.program->outputs()) {
    ValueId value = output;
    const auto written_by = [&](std::string_view type) {
      const NodeId producer = graph.value(value).producer;
      return producer != NodeId::kNone && graph.node(producer).is(type);
    };
    while (written_by("Reshape") || written_by("Identity") || written_by("Squeeze") ||
           written_by("Flatten")) {
      value = graph.node(graph.value(value).producer).input(0);
    }
    if (written_by("Softmax")) {
      const NodeId softmax = graph.value(value).producer;
      values.push_back({graph.node(softmax).input(0), softmax});
    } else {
      values.push_back({output});
    }
  }
  return values;
}

FloatOutputs run_float(const Subject& subject, std::int64_t count, std::string_view phase) {
  const std::vector<Judged> values = judged_values(subject);
  struct Worker {
    runtime::Executor executor;
    JudgedObserver keeper;
  };
  std::vector<Worker> workers;
  for (int i = 0; i < subject.samples.workers(); ++i) {
    workers.push_back({runtime::Executor(subject.program), JudgedObserver(values)});
  }
  const std::int64_t available = subject.samples.count();
  FloatOutputs all;
  all.inputs.resize(static_cast<std::size_t>(count));
  all.judged.resize(static_cast<std::size_t>(count));
  subject.samples.for_each(
      phase, [&](std::int64_t sample, std::span<const Tensor> inputs, int index) {
        const std::int64_t position = (sample * count + available - 1) / available;
        if (position >= count || position * available / count != sample) return;
        const auto at = static_cast<std::size_t>(position);
        Worker& worker = workers[static_cast<std::size_t>(index)];
        worker.keeper.start(all.judged[at]);
        worker.executor.run(inputs, &worker.keeper);
        all.inputs[at].assign(inputs.begin(), inputs.end());
      });
  FloatOutputs readable;
  for (std::size_t i = 0; i < all.inputs.size(); ++i) {
    if (all.inputs[i].empty()) continue;
    readable.inputs.push_back(std::move(all.inputs[i]));
    readable.judged.push_back(std::move(all.judged[i]));
  }
  return readable;
}

}  // namespace xquant::quantize
