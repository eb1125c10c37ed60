#include "quantize/smooth/site_rows.h"

#include <algorithm>
#include <utility>

#include "quantize/calibrate/sample_parts.h"
#include "quantize/observers/extent.h"

namespace xquant::quantize {
namespace {

constexpr std::size_t kRowsOfASample = 8;

ChannelRows rows_of(const runtime::TensorView& view, std::size_t channels) {
  const auto values = view.as<float>();
  ChannelRows seen{std::vector<float>(channels, 0.0F), std::vector<float>(channels, 0.0F), {}};
  for (std::size_t i = 0; i < values.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      seen.low[c] = std::min(seen.low[c], values[i + c]);
      seen.high[c] = std::max(seen.high[c], values[i + c]);
    }
  }
  const std::size_t rows = values.size() / channels;
  const std::size_t kept = std::min(rows, kRowsOfASample);
  for (std::size_t i = 0; i < kept; ++i) {
    const auto row = values.subspan(i * rows / kept * channels, channels);
    seen.rows.insert(seen.rows.end(), row.begin(), row.end());
  }
  return seen;
}

void add(const ChannelRows& more, ChannelRows& all) {
  all.low.resize(more.low.size());
  all.high.resize(more.high.size());
  for (std::size_t c = 0; c < more.low.size(); ++c) {
    all.low[c] = std::min(all.low[c], more.low[c]);
    all.high[c] = std::max(all.high[c], more.high[c]);
  }
  all.rows.insert(all.rows.end(), more.rows.begin(), more.rows.end());
}

}  // namespace

class SiteRecorder::Observer final : public RunObserver {
 public:
  explicit Observer(SiteRecorder& recorder) : recorder_(recorder) {}

  void start(std::int64_t sample, std::span<const Tensor> /*inputs*/) override {
    position_ = evenly_spread(sample, recorder_.count_, recorder_.available_);
  }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    if (!position_) return;
    const auto found = recorder_.channels_.find(id);
    if (found == recorder_.channels_.end() || view.type != DataType::kFloat) return;
    if (!extent_of(view.as<float>()).finite) return;
    recorder_.seen_[*position_].emplace(id, rows_of(view, found->second));
  }

 private:
  SiteRecorder& recorder_;
  std::optional<std::size_t> position_;
};

SiteRecorder::SiteRecorder(const std::vector<SmoothSite>& sites, std::int64_t count,
                           std::int64_t available)
    : count_(count), available_(available), seen_(static_cast<std::size_t>(count)) {
  for (const SmoothSite& site : sites) channels_[site.tensor] = site.channels;
}

bool SiteRecorder::wants(std::int64_t sample) const {
  return evenly_spread(sample, count_, available_).has_value();
}

std::unique_ptr<RunObserver> SiteRecorder::observer() { return std::make_unique<Observer>(*this); }

SiteSamples SiteRecorder::take() {
  SiteSamples samples;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    auto& half = i % 2 == 0 ? samples.fit : samples.held;
    for (const auto& [value, rows] : seen_[i]) add(rows, half[value]);
  }
  seen_.clear();
  return samples;
}

}  // namespace xquant::quantize
