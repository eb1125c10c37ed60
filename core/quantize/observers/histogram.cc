#include "quantize/observers/histogram.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace xquant::quantize {
namespace {

/// Smallest e with magnitude < 2^e.
int exponent_above(float magnitude) {
  int exponent = 0;
  std::frexp(magnitude,
             &exponent);  // magnitude = m * 2^exponent with m in [0.5, 1): exact bit work
  return exponent;
}

void fold_pairs(std::vector<std::uint64_t>& side) {
  const std::size_t half = side.size() / 2;
  for (std::size_t i = 0; i < half; ++i) side[i] = side[2 * i] + side[2 * i + 1];
  std::fill(side.begin() + static_cast<std::ptrdiff_t>(half), side.end(), 0);
}

void add_into(std::vector<std::uint64_t>& target, const std::vector<std::uint64_t>& source) {
  if (source.empty()) return;
  target.resize(source.size(), 0);
  for (std::size_t i = 0; i < source.size(); ++i) target[i] += source[i];
}

}  // namespace

Histogram Histogram::of(int exponent, std::uint64_t zeros, Side positive, Side negative) {
  Histogram histogram;
  histogram.exponent_ = exponent;
  histogram.zeros_ = zeros;
  histogram.positive_ = std::move(positive);
  histogram.negative_ = std::move(negative);
  histogram.count_ = zeros;
  for (const std::uint64_t count : histogram.positive_) histogram.count_ += count;
  for (const std::uint64_t count : histogram.negative_) histogram.count_ += count;
  return histogram;
}

double Histogram::bin_width() const {
  return std::ldexp(1.0, exponent_) / static_cast<double>(kBins);
}

void Histogram::widen(int exponent) {
  const int times = exponent - exponent_;
  if (times <= 0) return;
  // After twelve doublings everything is in the first bin.
  for (int i = 0; i < std::min(times, 13); ++i) {
    if (!positive_.empty()) fold_pairs(positive_);
    if (!negative_.empty()) fold_pairs(negative_);
  }
  exponent_ = exponent;
}

void Histogram::add(std::span<const float> values, float largest) {
  if (positive_.empty()) positive_.assign(kBins, 0);
  if (largest == 0.0F) {
    zeros_ += values.size();
    count_ += values.size();
    return;
  }
  widen(exponent_above(largest));
  const float bins_per_unit =
      static_cast<float>(std::ldexp(static_cast<double>(kBins), -exponent_));
  // Where each value counts is computed for a chunk at a time, which vectorizes; the counting is
  // then free of branches. Zeros, often every second value, go to counters of their own by turns,
  // so that an increment need not wait for the one before it.
  constexpr std::size_t kChunk = 1024, kCounters = 8;
  constexpr std::uint32_t kSide = 1U << 16U;  // index = which table * kSide + place in it
  std::uint64_t zeros[kCounters] = {};
  std::uint32_t at[kChunk];
  for (std::size_t begin = 0; begin < values.size(); begin += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - begin);
    const float* from = values.data() + begin;
    std::uint32_t sides = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float value = from[i];
      // A power of two: exact.
      const auto bin =
          static_cast<std::uint32_t>(static_cast<std::int32_t>(std::abs(value) * bins_per_unit));
      const auto counter = static_cast<std::uint32_t>(i % kCounters);
      const std::uint32_t side = value < 0.0F ? kSide : 0;
      at[i] = value == 0.0F ? 2 * kSide + counter : side + bin;
      sides |= side;
    }
    if (sides != 0 && negative_.empty()) negative_.assign(kBins, 0);
    std::uint64_t* const tables[] = {positive_.data(), negative_.data(), zeros};
    for (std::size_t i = 0; i < count; ++i) ++tables[at[i] / kSide][at[i] % kSide];
  }
  zeros_ += std::accumulate(std::begin(zeros), std::end(zeros), std::uint64_t{0});
  count_ += values.size();
}

void Histogram::merge(const Histogram& other) {
  if (other.empty()) return;
  if (other.exponent_ > exponent_) widen(other.exponent_);
  Histogram aligned;
  const Histogram* source = &other;
  if (other.exponent_ < exponent_) {
    aligned = other;
    aligned.widen(exponent_);
    source = &aligned;
  }
  add_into(positive_, source->positive_);
  add_into(negative_, source->negative_);
  count_ += source->count_;
  zeros_ += source->zeros_;
}

double Histogram::quantile(double p) const {
  const double target = p * static_cast<double>(count_);
  const double width = bin_width();
  std::uint64_t below = 0;
  // Ascending values: negative bins from the largest magnitude, then positive ones.
  for (std::size_t i = negative_.size(); i-- > 0;) {
    const std::uint64_t here = negative_[i];
    if (here > 0 && static_cast<double>(below + here) >= target) {
      const double share = (target - static_cast<double>(below)) / static_cast<double>(here);
      return -(static_cast<double>(i) + 1.0 - share) * width;
    }
    below += here;
  }
  if (zeros_ > 0 && static_cast<double>(below + zeros_) >= target) return 0.0;
  below += zeros_;
  for (std::size_t i = 0; i < positive_.size(); ++i) {
    const std::uint64_t here = positive_[i];
    if (here > 0 && static_cast<double>(below + here) >= target) {
      const double share = (target - static_cast<double>(below)) / static_cast<double>(here);
      return (static_cast<double>(i) + share) * width;
    }
    below += here;
  }
  return std::ldexp(1.0, exponent_);
}

}  // namespace xquant::quantize
