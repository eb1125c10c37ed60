#include "quantize/observers/distribution.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

/// How many bins there are up to the last that is not empty.
std::size_t used(std::span<const std::uint64_t> side) {
  std::size_t count = side.size();
  while (count > 0 && side[count - 1] == 0) --count;
  return count;
}

}  // namespace

Distribution::Distribution(const TensorStats& stats) {
  const Histogram& histogram = stats.histogram();
  const std::size_t below = used(histogram.negative());
  const std::size_t above = used(histogram.positive());
  if (below + above == 0) {
    prefix_.emplace_back();
    return;
  }
  width_ = histogram.bin_width();
  origin_ = static_cast<double>(below);
  for (std::size_t i = below; i-- > 0;) {
    counts_.push_back(static_cast<double>(histogram.negative()[i]));
  }
  for (std::size_t i = 0; i < above; ++i) {
    counts_.push_back(static_cast<double>(histogram.positive()[i]));
  }
  first_ = std::max(-origin_ * width_, std::min(0.0, static_cast<double>(stats.min())));
  last_ = std::min(static_cast<double>(above) * width_,
                   std::max(0.0, static_cast<double>(stats.max())));
  std::vector<float> densities(counts_.size(), 1.0F);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const double extent = (edge(i + 1) - edge(i)) / width_;
    // A value that stands at the edge of its bin alone makes a bin without width.
    if (counts_[i] > 0) densities[i] = static_cast<float>(counts_[i] / std::max(extent, 1e-6));
  }
  std::vector<float> logs(densities.size());
  runtime::math::log(densities.data(), logs.data(), logs.size());
  logs_.assign(logs.begin(), logs.end());
  Sums sums;
  prefix_.push_back(sums);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const Sums here = bin(i, edge(i + 1));
    sums = {sums.count + here.count, sums.sum + here.sum, sums.squares + here.squares,
            sums.support + here.support, sums.entropy + here.entropy};
    prefix_.push_back(sums);
  }
}

double Distribution::edge(std::size_t i) const {
  if (i == 0) return first_;
  if (i == counts_.size()) return last_;
  return (static_cast<double>(i) - origin_) * width_;
}

Distribution::Sums Distribution::bin(std::size_t i, double upto) const {
  const double count = counts_[i];
  if (count == 0) return {};
  const double low = edge(i);
  const double extent = edge(i + 1) - low;
  const double share = extent > 0 ? std::clamp((upto - low) / extent, 0.0, 1.0) : 1.0;
  const double x = low + share * extent;
  const double part = count * share;
  // Moments of an even spread over [low, x].
  return {part, part * (low + x) / 2, part * (low * low + low * x + x * x) / 3,
          share * std::max(extent / width_, 1e-6), part * logs_[i]};
}

Distribution::Sums Distribution::below(double x) const {
  if (empty() || x <= first_) return {};
  if (x >= last_) return total();
  const double position = x / width_ + origin_;
  const std::size_t i =
      std::min(static_cast<std::size_t>(std::max(position, 0.0)), counts_.size() - 1);
  const Sums& before = prefix_[i];
  const Sums here = bin(i, x);
  return {before.count + here.count, before.sum + here.sum, before.squares + here.squares,
          before.support + here.support, before.entropy + here.entropy};
}

}  // namespace xquant::quantize
