#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "quantize/calibrate/float_run.h"
#include "quantize/policy/trace.h"
#include "report/sampled.h"

namespace xquant::report {

/// What is compared of one run of the float model.
struct FloatSample {
  std::vector<std::vector<float>> values{};  ///< of each tensor the sampled elements
  std::vector<Shape> shapes{};
};

/// Elements of the float model's tensors that the analysis compares, of all samples together within
/// a budget; of outputs more than of others, and scores of classes whole. A pass that is made
/// anyway may record them.
class FloatSamples final : public quantize::FloatRecorder {
 public:
  /// tensors: float activations; those of the graph's outputs are looked at more closely. samples:
  /// how many there are.
  FloatSamples(const Graph& graph, const quantize::Trace& trace, std::span<const ValueId> tensors,
               std::int64_t samples);

  /// The tensor's place in FloatSample::values; kNone: it is not watched.
  std::size_t index_of(ValueId tensor) const;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// The elements of a tensor of that size that are compared.
  Sampled sampled(std::size_t index, std::size_t size, std::int64_t sample) const {
    return {size, most_[index], sample};
  }
  /// Elements of a tensor that is no output, in each sample.
  std::size_t most_elements() const { return most_of_others_; }

  /// Whether what a pass leaves can be kept.
  bool can_record() const { return bytes_ <= kBudget; }
  bool wants(std::int64_t) const override { return true; }
  std::unique_ptr<quantize::RunObserver> observer() override;
  const FloatSample& at(std::int64_t sample) const {
    return recorded_[static_cast<std::size_t>(sample)];
  }

  /// Puts what it sees of the latest run into `to`.
  std::unique_ptr<quantize::RunObserver> observer_into(FloatSample& to) const;

 private:
  class Observer;
  static constexpr double kBudget = 48e6;

  std::map<ValueId, std::size_t> places_;
  std::vector<std::size_t> most_;  ///< elements, by tensor
  std::size_t most_of_others_ = 0;
  double bytes_ = 0;  ///< of all samples
  std::vector<FloatSample> recorded_;
};

}  // namespace xquant::report
