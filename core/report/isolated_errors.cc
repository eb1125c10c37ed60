#include "report/isolated_errors.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "report/sampled.h"
#include "report/simulation.h"
#include "runtime/executor.h"

namespace xquant::report {
namespace {

/// Of a tensor, in one sample.
constexpr std::size_t kMostElements = std::size_t{1} << 14U;

/// Keeps each truth until its counterpart, which the program runs later, has come. What is watched
/// are pairs: the float model's tensor, and what its unit alone makes of it.
class PairObserver final : public SimulationObserver {
 public:
  PairObserver(const Simulation& simulation, std::size_t pairs)
      : SimulationObserver(simulation), kept_(pairs) {}
  void start(std::int64_t sample, std::vector<ErrorSums>& sums) {
    sample_ = sample;
    sums_ = &sums;
  }

 protected:
  void on_watched(std::size_t watched, const Watched& values) override {
    std::vector<float>& kept = kept_[watched / 2];
    const Sampled sampled(values.size(), kMostElements, sample_);
    if (watched % 2 == 0) {
      take(values, sampled, kept);
      return;
    }
    take(values, sampled, reals_);
    if (reals_.size() == kept.size()) (*sums_)[watched / 2] = compare(kept, reals_);
    kept.clear();
  }

 private:
  std::vector<std::vector<float>> kept_;
  std::vector<float> reals_;
  std::int64_t sample_ = 0;
  std::vector<ErrorSums>* sums_ = nullptr;
};

}  // namespace

std::map<std::string, ErrorSums> isolated_errors(const Isolated& isolated,
                                                 const runtime::OpsetImports& opset_imports,
                                                 quantize::Samples& samples, std::int64_t count) {
  if (isolated.results.empty()) return {};
  const std::size_t pairs = isolated.results.size();
  std::vector<std::string> watched;
  for (const auto& [name, alone] : isolated.results) watched.insert(watched.end(), {name, alone});
  const Simulation simulation(isolated.graph, opset_imports, watched,
                              Simulation::Computes::kWatched);
  std::vector<runtime::Executor> executors;
  std::vector<PairObserver> observers;
  for (int i = 0; i < samples.workers(); ++i) {
    executors.emplace_back(simulation.program());
    observers.emplace_back(simulation, pairs);
  }
  const std::int64_t stride = (samples.count() + count - 1) / count;
  std::vector<std::vector<ErrorSums>> sums(static_cast<std::size_t>(samples.count()));
  samples.for_each("isolate", [&](std::int64_t sample, std::span<const Tensor> inputs, int worker) {
    if (sample % stride != 0) return;
    auto& mine = sums[static_cast<std::size_t>(sample)];
    mine.resize(pairs);
    PairObserver& observer = observers[static_cast<std::size_t>(worker)];
    observer.start(sample, mine);
    std::vector<runtime::TensorView> views;
    for (const Tensor& input : inputs) views.push_back(runtime::view_of(input));
    executors[static_cast<std::size_t>(worker)].run_views(views, &observer);
  });
  std::map<std::string, ErrorSums> errors;
  std::size_t pair = 0;
  for (const auto& [name, alone] : isolated.results) {
    ErrorSums& total = errors[name];
    for (const auto& sample : sums) {
      if (!sample.empty()) total.add(sample[pair]);
    }
    ++pair;
  }
  return errors;
}

}  // namespace xquant::report
