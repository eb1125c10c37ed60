#include "quantize/equalize/channel_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quantize/calibrate/sample_parts.h"

namespace xquant::quantize {
namespace {

void widen(ChannelRanges& ranges, std::size_t channels) {
  ranges.low.resize(std::max(ranges.low.size(), channels), 0.0F);
  ranges.high.resize(std::max(ranges.high.size(), channels), 0.0F);
}

class Forwarding final : public RunObserver {
 public:
  explicit Forwarding(std::shared_ptr<RangeObserver> ranges) : ranges_(std::move(ranges)) {}

  void start(std::int64_t /*sample*/, std::span<const Tensor> /*inputs*/) override {}
  void on_value(ValueId id, const runtime::TensorView& view) override {
    ranges_->on_value(id, view);
  }

 private:
  std::shared_ptr<RangeObserver> ranges_;
};

}  // namespace

RangeObserver::RangeObserver(const std::vector<ValueId>& tensors) {
  for (const ValueId tensor : tensors) ranges_[tensor];
}

void RangeObserver::on_value(ValueId id, const runtime::TensorView& view) {
  const auto found = ranges_.find(id);
  if (found == ranges_.end() || view.type != DataType::kFloat) return;
  const auto values = view.as<float>();
  if (values.empty()) return;
  const bool has_channels = view.rank() >= 2;
  const auto channels = has_channels ? static_cast<std::size_t>(view.shape[1]) : std::size_t{1};
  const auto images = has_channels ? static_cast<std::size_t>(view.shape[0]) : std::size_t{1};
  const std::size_t inner = values.size() / (images * channels);
  ChannelRanges& ranges = found->second;
  widen(ranges, channels);
  for (std::size_t start = 0; start < values.size(); start += inner) {
    float low = ranges.low[start / inner % channels];
    float high = ranges.high[start / inner % channels];
    for (std::size_t i = start; i < start + inner; ++i) {
      // Infinities are calibration's to report, NaN compares false.
      if (std::isinf(values[i])) continue;
      low = values[i] < low ? values[i] : low;
      high = values[i] > high ? values[i] : high;
    }
    ranges.low[start / inner % channels] = low;
    ranges.high[start / inner % channels] = high;
  }
}

void RangeObserver::merge(const RangeObserver& other) {
  for (const auto& [value, theirs] : other.ranges_) {
    ChannelRanges& mine = ranges_[value];
    widen(mine, theirs.low.size());
    for (std::size_t c = 0; c < theirs.low.size(); ++c) {
      mine.low[c] = std::min(mine.low[c], theirs.low[c]);
      mine.high[c] = std::max(mine.high[c], theirs.high[c]);
    }
  }
}

RangesRecorder::RangesRecorder(std::vector<ValueId> tensors, std::int64_t count,
                               std::int64_t available)
    : tensors_(std::move(tensors)), count_(count), available_(available) {}

bool RangesRecorder::wants(std::int64_t sample) const {
  const auto place = evenly_spread(sample, count_, available_);
  return place && *place % 2 == 0;
}

std::unique_ptr<RunObserver> RangesRecorder::observer() {
  seen_.push_back(std::make_shared<RangeObserver>(tensors_));
  return std::make_unique<Forwarding>(seen_.back());
}

RangesByValue RangesRecorder::take() const {
  RangeObserver all(tensors_);
  for (const auto& one : seen_) all.merge(*one);
  return all.ranges();
}

}  // namespace xquant::quantize
