#include "report/float_samples.h"

#include <algorithm>
#include <limits>

#include "report/simulation.h"

namespace xquant::report {
namespace {

/// Elements of a tensor in one sample. Runs that are far apart tell more than all neighbours do.
constexpr std::size_t kFewest = 256;
constexpr std::size_t kMost = std::size_t{1} << 14U;
constexpr std::size_t kMostOfOutput = std::size_t{1} << 16U;
/// What those of all tensors and samples shall take.
constexpr double kWantedBytes = 32e6;

std::size_t elements_of(std::size_t tensors, std::int64_t samples) {
  const double pieces = static_cast<double>(std::max<std::size_t>(tensors, 1)) *
                        static_cast<double>(std::max<std::int64_t>(samples, 1));
  const auto affordable = static_cast<std::size_t>(kWantedBytes / sizeof(float) / pieces);
  return std::clamp(affordable, kFewest, kMost) / Sampled::kRun * Sampled::kRun;
}

}  // namespace

FloatSamples::FloatSamples(const Graph& graph, const quantize::Trace& trace,
                           std::span<const ValueId> tensors, std::int64_t samples)
    : most_of_others_(elements_of(tensors.size(), samples)) {
  for (const ValueId tensor : tensors) {
    if (!places_.emplace(tensor, most_.size()).second) continue;
    const auto traced = trace.find(tensor);
    const Shape shape = traced == trace.end() ? Shape{} : traced->second.shape;
    // Which class is the largest needs all scores.
    most_.push_back(!graph.is_output(tensor) ? most_of_others_
                    : shape.size() == 2      ? std::numeric_limits<std::size_t>::max()
                                             : kMostOfOutput);
    const auto size = static_cast<std::size_t>(element_count(shape));
    bytes_ += static_cast<double>(std::min(size, most_.back())) * sizeof(float) *
              static_cast<double>(samples);
  }
  recorded_.resize(static_cast<std::size_t>(samples));
}

std::size_t FloatSamples::index_of(ValueId tensor) const {
  const auto found = places_.find(tensor);
  return found == places_.end() ? kNone : found->second;
}

/// Takes elements while they are hot.
class FloatSamples::Observer final : public quantize::RunObserver {
 public:
  /// to: nullptr: where the samples are recorded.
  Observer(const FloatSamples& samples, std::vector<FloatSample>* recorded, FloatSample* to)
      : samples_(samples), recorded_(recorded), to_(to) {}

  void start(std::int64_t sample, std::span<const Tensor>) override {
    sample_ = sample;
    if (recorded_ != nullptr) to_ = &(*recorded_)[static_cast<std::size_t>(sample)];
    to_->values.resize(samples_.most_.size());
    for (std::vector<float>& values : to_->values) values.clear();  // of the sample before
    to_->shapes.resize(samples_.most_.size());
  }

  void on_value(ValueId id, const runtime::TensorView& view) override {
    const std::size_t index = samples_.index_of(id);
    if (index == kNone || view.type != DataType::kFloat) return;
    const Sampled sampled = samples_.sampled(index, static_cast<std::size_t>(view.size()), sample_);
    to_->shapes[index] = view.shape_copy();
    take(Watched(view, nullptr), sampled, to_->values[index]);
  }

 private:
  const FloatSamples& samples_;
  std::vector<FloatSample>* recorded_;
  FloatSample* to_;
  std::int64_t sample_ = 0;
};

std::unique_ptr<quantize::RunObserver> FloatSamples::observer() {
  return std::make_unique<Observer>(*this, &recorded_, nullptr);
}

std::unique_ptr<quantize::RunObserver> FloatSamples::observer_into(FloatSample& to) const {
  return std::make_unique<Observer>(*this, nullptr, &to);
}

}  // namespace xquant::report
