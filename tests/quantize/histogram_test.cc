#include "quantize/observers/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "quantize/observers/method.h"
#include "quantize/observers/tensor_stats.h"

namespace xquant::quantize {
namespace {

/// Values of many magnitudes, with zeros of both signs.
std::vector<float> values_of_all_sizes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values{0.0F, -0.0F};
  while (values.size() < count) {
    const float mantissa = static_cast<float>(random() % 2001) - 1000.0F;
    values.push_back(std::ldexp(mantissa, static_cast<int>(random() % 24) - 18));
  }
  return values;
}

TensorStats observed(std::span<const float> values) {
  TensorStats stats;
  stats.observe(values, 0);
  return stats;
}

void expect_same(const TensorStats& a, const TensorStats& b) {
  EXPECT_EQ(a.histogram(), b.histogram());
  EXPECT_EQ(a.min(), b.min());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_EQ(a.non_finite(), b.non_finite());
  EXPECT_EQ(a.largest(), b.largest());
  EXPECT_EQ(a.lowest(), b.lowest());
}

TEST(Histogram, IsIndependentOfHowTheDataIsSplit) {
  const std::vector<float> values = values_of_all_sizes(4099, 1);
  const TensorStats whole = observed(values);
  for (const std::size_t part : {1U, 3U, 17U, 1000U, 4098U}) {
    TensorStats split;
    for (std::size_t at = 0; at < values.size(); at += part) {
      split.observe(std::span(values).subspan(at, std::min(part, values.size() - at)), 0);
    }
    expect_same(split, whole);
  }
}

TEST(Histogram, IsIndependentOfTheOrderOfMerging) {
  const std::vector<float> values = values_of_all_sizes(3001, 2);
  const TensorStats whole = observed(values);
  std::vector<TensorStats> parts;
  for (std::size_t at = 0, size = 1; at < values.size(); at += size, size = 2 * size + 1) {
    parts.push_back(observed(std::span(values).subspan(at, std::min(size, values.size() - at))));
  }
  std::mt19937 random(3);
  for (int round = 0; round < 10; ++round) {
    std::shuffle(parts.begin(), parts.end(), random);
    TensorStats merged;
    for (const TensorStats& part : parts) merged.merge(part);
    expect_same(merged, whole);
  }
}

TEST(Histogram, CountsEveryMagnitudeAFloatCanHave) {
  const float most = std::numeric_limits<float>::max();
  const float least = std::numeric_limits<float>::denorm_min();
  const std::vector<float> values{most, -most, least, -least, 1.0F};
  const TensorStats stats = observed(values);
  EXPECT_EQ(stats.histogram().count(), 5U);
  EXPECT_EQ(stats.histogram().exponent(), 128);
  TensorStats one_by_one;
  for (const float value : values) one_by_one.observe({&value, 1}, 0);
  expect_same(one_by_one, stats);
}

TEST(Histogram, CountsZerosByThemselves) {
  const std::vector<float> values{0.0F, -0.0F, 1e-40F, 1.0F};
  const Histogram histogram = observed(values).histogram();
  EXPECT_EQ(histogram.zeros(), 2U);
  EXPECT_EQ(histogram.positive()[0], 1U);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_EQ(histogram.quantile(0.5), 0.0);
}

TEST(Histogram, PutsPowersOfTwoIntoTheBinTheyBegin) {
  Histogram histogram;
  const std::vector<float> one{1.0F};
  histogram.add(one, 1.0F);
  EXPECT_EQ(histogram.exponent(), 1);
  EXPECT_EQ(histogram.quantile(0), 1.0);
  EXPECT_EQ(histogram.bin_width(), 2.0 / 4096);
}

/// The value with a share p of sorted values up to it.
float exact_quantile(std::vector<float> values, double p) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(p * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

TEST(Percentile, IsWithinABinOfWhatSortingGives) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0.3F, 1.0F);
  std::vector<float> values;
  for (int i = 0; i < 20011; ++i) values.push_back(normal(random));
  const TensorStats stats = observed(values);
  for (const double p : {0.99, 0.999, 0.9999, 1.0}) {
    const Range range = method(config::CalibrationType::kPercentile).choose(stats, {p});
    EXPECT_NEAR(range.high, exact_quantile(values, p), stats.histogram().bin_width()) << p;
    EXPECT_NEAR(range.low, exact_quantile(values, 1 - p), stats.histogram().bin_width()) << p;
  }
}

TEST(Percentile, LeavesOutliersOut) {
  std::vector<float> values(100000, 0.5F);
  values.push_back(1000.0F);
  const Range range = method(config::CalibrationType::kPercentile).choose(observed(values), {});
  EXPECT_LT(range.high, 1.0);
}

TEST(Percentile, NeverReachesBeyondWhatWasSeen) {
  const std::vector<float> values{-0.7F, 0.3F};
  const Range range = method(config::CalibrationType::kPercentile).choose(observed(values), {1.0});
  EXPECT_GE(range.low, static_cast<double>(-0.7F));
  EXPECT_EQ(range.high, static_cast<double>(0.3F));
}

TEST(Minmax, IsWhatWasSeen) {
  const std::vector<float> values{-0.7F, 0.3F};
  EXPECT_EQ(method(config::CalibrationType::kMinmax).choose(observed(values), {}),
            (Range{static_cast<double>(-0.7F), static_cast<double>(0.3F)}));
}

TEST(TensorStats, LeaveNonFiniteElementsOutAndNameTheFirstSample) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> odd{1.0F, std::numeric_limits<float>::quiet_NaN(), -inf, 2.0F};
  const std::vector<float> fine{-3.0F};
  TensorStats a;
  a.observe(odd, 5);
  TensorStats b;
  b.observe(fine, 1);
  b.observe(odd, 3);
  a.merge(b);
  EXPECT_EQ(a.non_finite(), 4U);
  EXPECT_EQ(a.first_non_finite(), 3);
  EXPECT_EQ(a.min(), -3.0F);
  EXPECT_EQ(a.max(), 2.0F);
  EXPECT_EQ(a.histogram().count(), 5U);
}

TEST(TensorStats, FindANonFiniteElementInEveryPosition) {
  for (std::size_t at = 0; at < 21; ++at) {
    std::vector<float> values(21, 1.0F);
    values[at] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(observed(values).non_finite(), 1U) << at;
    EXPECT_EQ(observed(values).max(), 1.0F) << at;
  }
}

TEST(TensorStats, OfNothingAreZero) {
  const TensorStats stats = observed({});
  EXPECT_FALSE(stats.any());
  EXPECT_EQ(stats.min(), 0.0F);
  EXPECT_EQ(method(config::CalibrationType::kPercentile).choose(stats, {}), (Range{0, 0}));
}

}  // namespace
}  // namespace xquant::quantize
