#include "quantize/tune/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "quantize/equalize/channel_ranges.h"

namespace xquant::quantize {
namespace {

/// Random sums of the outputs for each sample.
constexpr std::size_t kProbes = 2;

/// Of one sample: sums that are added to those of other samples in the samples' order, so that the
/// result does not depend on threads.
class SampleSums {
 public:
  explicit SampleSums(const RangesByValue& ranges) {
    for (const auto& [value, range] : ranges) sums_[value].resize(range.low.size());
  }

  void add(ValueId value, const Tensor& x, std::span<const float> gradient) {
    const auto found = sums_.find(value);
    if (found == sums_.end()) return;
    const Shape& shape = x.shape();
    std::vector<double>& channels = found->second;
    const std::size_t images = shape.size() < 2 ? 1 : static_cast<std::size_t>(shape[0]);
    const std::size_t inner = gradient.size() / std::max<std::size_t>(channels.size() * images, 1);
    if (inner == 0) return;
    const auto values = x.data<float>();
    for (std::size_t start = 0; start + inner <= gradient.size(); start += inner) {
      double& sum = channels[start / inner % channels.size()];
      for (std::size_t i = start; i < start + inner; ++i) {
        const double d = static_cast<double>(gradient[i]), square = d * d;
        if (values[i] != 0 && std::isfinite(square)) sum += square;
      }
    }
  }

  void clear() {
    for (auto& [value, channels] : sums_) std::fill(channels.begin(), channels.end(), 0.0);
  }

  void add_to(Sensitivities& total, double share) const {
    for (const auto& [value, channels] : sums_) {
      auto& target = total.at(value);
      for (std::size_t c = 0; c < channels.size(); ++c) target[c].cost += share * channels[c];
    }
  }

 private:
  std::map<ValueId, std::vector<double>> sums_;
};

/// Every step-th sample from first on.
struct Every {
  std::size_t first, step, count;
  std::size_t at(std::size_t index) const { return first + index * step; }
};

RangesByValue ranges_over(const Subject& subject, const std::vector<ValueId>& tensors,
                          const FloatOutputs& exact, const Every& every,
                          std::vector<runtime::Executor>& executors) {
  std::vector<RangeObserver> observers(executors.size(), RangeObserver(tensors));
  subject.pool.run(static_cast<std::int64_t>(every.count), [&](std::int64_t index, int worker) {
    const auto w = static_cast<std::size_t>(worker);
    if (worker == 0) subject.monitor.step({"sensitivity", 0, 0});
    executors[w].run(exact.inputs[every.at(static_cast<std::size_t>(index))], &observers[w]);
  });
  for (std::size_t w = 1; w < observers.size(); ++w) observers[0].merge(observers[w]);
  return observers[0].ranges();
}

}  // namespace

Sensitivities measure_sensitivities(const Subject& subject, const ReverseMode& reverse,
                                    const std::vector<ValueId>& tensors, const FloatOutputs& exact,
                                    const OutputLoss& loss, std::size_t first, std::size_t step) {
  const std::size_t samples = exact.samples();
  const Every every{first, step, samples <= first ? 0 : (samples - first + step - 1) / step};
  std::vector<runtime::Executor> executors;
  for (int i = 0; i < subject.pool.size(); ++i) executors.emplace_back(subject.program);
  const RangesByValue ranges = ranges_over(subject, tensors, exact, every, executors);
  const std::vector<Judged> judged = judged_values(subject);
  std::vector<SampleSums> sums(executors.size(), SampleSums(ranges));
  Sensitivities total;
  for (const auto& [value, range] : ranges) {
    for (std::size_t c = 0; c < range.low.size(); ++c) {
      total[value].push_back({.low = range.low[c], .high = range.high[c]});
    }
  }
  const double share = 1.0 / static_cast<double>(every.count * kProbes);
  for (std::size_t done = 0; done < every.count; done += sums.size()) {
    const std::size_t count = std::min(sums.size(), every.count - done);
    subject.pool.run(static_cast<std::int64_t>(count), [&](std::int64_t index, int worker) {
      const auto report = [&] {
        if (worker != 0) return;
        subject.monitor.step({"sensitivity", static_cast<std::int64_t>(done),
                              static_cast<std::int64_t>(every.count)});
      };
      const std::size_t sample = every.at(done + static_cast<std::size_t>(index));
      SampleSums& mine = sums[static_cast<std::size_t>(index)];
      mine.clear();
      const auto values =
          reverse.forward(executors[static_cast<std::size_t>(worker)], exact.inputs[sample]);
      for (std::size_t probe = 0; probe < kProbes; ++probe) {
        ReverseMode::Seeds seeds;
        auto directions = loss.direction(sample, sample * kProbes + probe);
        for (std::size_t o = 0; o < judged.size(); ++o) {
          if (!directions[o].empty()) seeds[judged[o].value] = std::move(directions[o]);
        }
        reverse.backward(values, seeds,
                         [&](ValueId value, const Tensor& x, std::span<const float> gradient) {
                           report();
                           mine.add(value, x, gradient);
                         });
      }
    });
    for (std::size_t i = 0; i < count; ++i) sums[i].add_to(total, share);
  }
  return total;
}

Sensitivities merged(const Sensitivities& a, const Sensitivities& b) {
  Sensitivities result = a;
  for (auto& [value, channels] : result) {
    const auto other = b.find(value);
    if (other == b.end()) continue;
    for (std::size_t c = 0; c < channels.size() && c < other->second.size(); ++c) {
      channels[c].low = std::min(channels[c].low, other->second[c].low);
      channels[c].high = std::max(channels[c].high, other->second[c].high);
      channels[c].cost = (channels[c].cost + other->second[c].cost) / 2;
    }
  }
  return result;
}

}  // namespace xquant::quantize
