#include "quantize/calibrate/float_run.h"

#include <algorithm>
#include <vector>

namespace xquant::quantize {
namespace {

/// Shows a run to those that want its sample.
class Everybody final : public runtime::Observer {
 public:
  explicit Everybody(std::span<FloatRecorder* const> recorders) : recorders_(recorders) {
    for (FloatRecorder* recorder : recorders) observers_.push_back(recorder->observer());
  }

  /// Whether anybody wants the sample.
  bool start(std::int64_t sample, std::span<const Tensor> inputs) {
    looking_.clear();
    for (std::size_t i = 0; i < recorders_.size(); ++i) {
      if (!recorders_[i]->wants(sample)) continue;
      observers_[i]->start(sample, inputs);
      looking_.push_back(observers_[i].get());
    }
    return !looking_.empty();
  }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    for (RunObserver* observer : looking_) observer->on_value(id, view);
  }

 private:
  std::span<FloatRecorder* const> recorders_;
  std::vector<std::unique_ptr<RunObserver>> observers_;
  std::vector<RunObserver*> looking_;
};

struct Worker {
  runtime::Executor executor;
  Everybody observer;
};

}  // namespace

void run_recorded(const std::shared_ptr<const runtime::Program>& program, Samples& samples,
                  std::string_view phase, std::span<FloatRecorder* const> recorders) {
  std::vector<Worker> workers;
  for (int i = 0; i < samples.workers(); ++i) {
    workers.push_back({runtime::Executor(program), Everybody(recorders)});
  }
  samples.for_each(phase, [&](std::int64_t sample, std::span<const Tensor> inputs, int index) {
    Worker& worker = workers[static_cast<std::size_t>(index)];
    if (!worker.observer.start(sample, inputs)) return;
    std::vector<runtime::TensorView> views;
    for (const Tensor& input : inputs) views.push_back(runtime::view_of(input));
    worker.executor.run_views(views, &worker.observer);
  });
}

}  // namespace xquant::quantize
