#include "report/isolated_errors.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "runtime/executor.h"

namespace xquant::report {
namespace {

/// One compared tensor: the float model's, and what its unit alone makes of it.
struct Compared {
  std::string name;
  ValueId truth;
  ValueId alone;
};

/// Keeps each truth until its counterpart, which the program runs later, has come.
class PairObserver final : public runtime::Observer {
 public:
  explicit PairObserver(const std::vector<Compared>& compared) : kept_(compared.size()) {
    for (std::size_t i = 0; i < compared.size(); ++i) {
      truth_.emplace(compared[i].truth, i);
      alone_.emplace(compared[i].alone, i);
    }
  }
  void start(std::vector<ErrorSums>& sums) { sums_ = &sums; }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    if (view.type != DataType::kFloat) return;
    if (const auto found = truth_.find(id); found != truth_.end()) {
      const auto values = view.as<float>();
      kept_[found->second].assign(values.begin(), values.end());
    } else if (const auto made = alone_.find(id); made != alone_.end()) {
      std::vector<float>& kept = kept_[made->second];
      const auto values = view.as<float>();
      if (values.size() == kept.size()) (*sums_)[made->second] = compare(kept, values);
      kept.clear();
    }
  }

 private:
  std::map<ValueId, std::size_t> truth_;
  std::map<ValueId, std::size_t> alone_;
  std::vector<std::vector<float>> kept_;
  std::vector<ErrorSums>* sums_ = nullptr;
};

std::vector<Compared> list_compared(const Isolated& isolated) {
  std::vector<Compared> compared;
  for (const auto& [name, alone] : isolated.results) {
    compared.push_back({name, isolated.graph.find_value(name), isolated.graph.find_value(alone)});
  }
  return compared;
}

}  // namespace

std::map<std::string, ErrorSums> isolated_errors(const Isolated& isolated,
                                                 const runtime::OpsetImports& opset_imports,
                                                 quantize::Samples& samples) {
  const std::vector<Compared> compared = list_compared(isolated);
  std::vector<ValueId> wanted;
  for (const Compared& entry : compared) {
    wanted.push_back(entry.truth);
    wanted.push_back(entry.alone);
  }
  if (wanted.empty()) return {};
  const auto program = runtime::Program::compile(
      isolated.graph, opset_imports, {.outputs = wanted, .observed = std::vector<ValueId>{}});
  std::vector<runtime::Executor> executors;
  std::vector<PairObserver> observers;
  for (int i = 0; i < samples.workers(); ++i) {
    executors.emplace_back(program);
    observers.emplace_back(compared);
  }
  const std::int64_t stride = (samples.count() + kIsolatedSamples - 1) / kIsolatedSamples;
  std::vector<std::vector<ErrorSums>> sums(static_cast<std::size_t>(samples.count()));
  samples.for_each("isolate", [&](std::int64_t sample, std::span<const Tensor> inputs, int worker) {
    if (sample % stride != 0) return;
    auto& mine = sums[static_cast<std::size_t>(sample)];
    mine.resize(compared.size());
    PairObserver& observer = observers[static_cast<std::size_t>(worker)];
    observer.start(mine);
    std::vector<runtime::TensorView> views;
    for (const Tensor& input : inputs) views.push_back(runtime::view_of(input));
    executors[static_cast<std::size_t>(worker)].run_views(views, &observer);
  });
  std::map<std::string, ErrorSums> errors;
  for (std::size_t i = 0; i < compared.size(); ++i) {
    ErrorSums& total = errors[compared[i].name];
    for (const auto& sample : sums) {
      if (!sample.empty()) total.add(sample[i]);
    }
  }
  return errors;
}

}  // namespace xquant::report
