// The methods that search a range, against the int8 quantizer run over the values themselves.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "quantize/observers/losses.h"
#include "quantize/observers/method.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

using config::CalibrationType;

std::vector<float> relu_like(std::size_t count) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> values;
  while (values.size() < count) values.push_back(std::max(normal(random), 0.0F));
  return values;
}

std::vector<float> two_sided(std::size_t count, float outlier) {
  std::mt19937 random(6);
  std::normal_distribution<float> normal(-0.5F, 1.0F);
  std::vector<float> values;
  while (values.size() < count) values.push_back(normal(random));
  values.push_back(outlier);
  return values;
}

TensorStats stats_of(const std::vector<float>& values) {
  TensorStats stats;
  stats.observe(values, 0);
  return stats;
}

/// What the emitted int8 form of the values loses: quantized, dequantized, subtracted.
double lost(const std::vector<float>& values, Range range) {
  const plan::QuantParams params = asymmetric_params(range);
  const Tensor tensor = Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values);
  const Tensor back = dequantize_tensor(quantize_tensor(tensor, params), params);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error =
        static_cast<double>(values[i]) - static_cast<double>(back.data<float>()[i]);
    sum += error * error;
  }
  return sum;
}

TEST(SquaredError, IsThatOfTheQuantizerThatIsEmitted) {
  for (const auto& values : {relu_like(50000), two_sided(50000, 9.0F)}) {
    const TensorStats stats = stats_of(values);
    const Distribution distribution(stats);
    for (const Range range : {Range{-4, 9}, Range{-2, 2}, Range{0, 3}, Range{-1, 0.5}}) {
      const double exact = lost(values, range);
      // A bin is known to hold a value, not where: 3 % at this number of values.
      EXPECT_NEAR(squared_error(distribution, asymmetric_params(range)), exact, 0.03 * exact)
          << range.low << " " << range.high;
    }
  }
}

TEST(Mse, FindsWhatTryingEveryRangeFinds) {
  const std::vector<float> values = two_sided(20000, 40.0F);
  const TensorStats stats = stats_of(values);
  const Range found = method(CalibrationType::kMse).choose(stats, {});
  double least = lost(values, {static_cast<double>(stats.min()), static_cast<double>(stats.max())});
  for (double low = 1; low <= 5; low += 0.25) {
    for (double high = 0.5; high <= 41; high *= 1.04)
      least = std::min(least, lost(values, {-low, high}));
  }
  EXPECT_LE(lost(values, found), 1.05 * least);
}

TEST(Mse, KeepsTheWholeRangeOfEvenValues) {
  std::vector<float> values;
  for (int i = 0; i <= 4000; ++i) values.push_back(static_cast<float>(i) / 2000.0F - 0.5F);
  const Range found = method(CalibrationType::kMse).choose(stats_of(values), {});
  EXPECT_EQ(found, (Range{-0.5, 1.5}));
}

TEST(Mse, KeepsTheWholeRangeOfEvenValuesThatEndAboveZero) {
  // Shrinking the upper bound alone leads by ranges of 254.5 steps on one side of zero.
  std::vector<float> values;
  for (int i = 0; i < 12800; ++i) values.push_back(-8 + 8.18F * static_cast<float>(i) / 12800);
  TensorStats stats;
  stats.observe(values, 0);
  EXPECT_LT(kMse.choose(stats, {}).low, -7.5);
  EXPECT_LT(kKl.choose(stats, {}).low, -7.0);
}

TEST(Mse, GivesZerosNoWeight) {
  std::vector<float> values = relu_like(10000);
  const Range sparse = method(CalibrationType::kMse).choose(stats_of(values), {});
  std::erase(values, 0.0F);
  EXPECT_EQ(method(CalibrationType::kMse).choose(stats_of(values), {}), sparse);
}

/// The divergence computed from the values: bins of the histogram's width, levels by the quantizer.
double divergence_of(const std::vector<float>& values, const TensorStats& stats, Range range) {
  const plan::QuantParams params = asymmetric_params(range);
  const double width = stats.histogram().bin_width();
  const auto scale = static_cast<double>(params.scales[0]);
  const double zero = params.zero_points[0];
  std::map<long, double> bins;
  for (const float value : values) {
    if (value != 0.0F) bins[std::lround(std::floor(static_cast<double>(value) / width))] += 1;
  }
  const auto level_of = [&](long bin) {
    return std::nearbyint((static_cast<double>(bin) + 0.5) * width / scale) + zero;
  };
  std::map<double, std::pair<double, double>> levels;  // mass and bins of each level
  double inside = 0;
  double all = 0;
  std::map<long, double> kept;
  for (const auto& [bin, count] : bins) {
    all += count;
    const double level = level_of(bin);
    if (level < -128 || level > 127) continue;
    kept[bin] = count;
    levels[level].first += count;
    levels[level].second += 1;
    inside += count;
  }
  std::map<long, double> reference = kept;
  for (const auto& [bin, count] : bins) {
    if (kept.contains(bin)) continue;
    (bin < kept.begin()->first ? reference.begin() : std::prev(reference.end()))->second += count;
  }
  double sum = 0;
  for (const auto& [bin, count] : reference) {
    const auto& [mass, size] = levels[level_of(bin)];
    sum += count / all * std::log((count / all) / (mass / size / inside));
  }
  for (const auto& [level, mass_and_bins] : levels) {
    sum -= (mass_and_bins.second - 1) / (2 * all);  // what small counts add, on average
  }
  return sum;
}

TEST(Kl, MeasuresTheDivergenceOfTheLevels) {
  const std::vector<float> values = two_sided(100000, 3.9F);
  const TensorStats stats = stats_of(values);
  const Distribution distribution(stats);
  for (const Range range : {Range{-5, 4}, Range{-3, 3}, Range{-2.5, 1.5}}) {
    const double exact = divergence_of(values, stats, range);
    // Levels end inside bins here, at bins there.
    EXPECT_NEAR(divergence(distribution, asymmetric_params(range)), exact, 0.1 * exact + 0.002)
        << range.low << " " << range.high;
  }
}

TEST(Kl, StaysNearTheSmallestSquaredError) {
  // Half of the values are one and the same: clipping them away would make the rest's levels finer.
  std::vector<float> values(20000, 3.0F);
  for (const float value : two_sided(20000, 5.0F)) values.push_back(value * 0.1F);
  const Range found = method(CalibrationType::kKl).choose(stats_of(values), {});
  EXPECT_GE(found.high, 2.9);
  EXPECT_LE(lost(values, found),
            2.1 * lost(values, method(CalibrationType::kMse).choose(stats_of(values), {})));
}

TEST(Default, IsNoWorseThanAnyOfItsCandidates) {
  for (const float outlier : {1.0F, 10.0F, 100.0F}) {
    const std::vector<float> values = two_sided(20000, outlier);
    const TensorStats stats = stats_of(values);
    const Distribution distribution(stats);
    const auto loss = [&](Range range) {
      return squared_error(distribution, asymmetric_params(range));
    };
    const double chosen = loss(method(CalibrationType::kDefault).choose(stats, {}));
    // kl may stand beside the grid on which mse searches.
    for (const Range range : candidates(stats, {})) EXPECT_LE(chosen, 1.01 * loss(range));
  }
}

TEST(Candidates, AreDistinctAndBeginWithMinmax) {
  const TensorStats stats = stats_of(two_sided(20000, 30.0F));
  const std::vector<Range> ranges = candidates(stats, {});
  ASSERT_EQ(ranges.size(), 4U);
  EXPECT_EQ(ranges[0], method(CalibrationType::kMinmax).choose(stats, {}));
}

TEST(EveryMethod, CopesWithNothingAndWithOneValue) {
  for (const auto type : {CalibrationType::kDefault, CalibrationType::kKl, CalibrationType::kMse,
                          CalibrationType::kMinmax, CalibrationType::kPercentile}) {
    EXPECT_EQ(method(type).choose(TensorStats(), {}), (Range{0, 0}));
    EXPECT_EQ(method(type).choose(stats_of({0.0F}), {}), (Range{0, 0}));
    const Range one = method(type).choose(stats_of({2.5F}), {});
    EXPECT_EQ(asymmetric_params(one), asymmetric_params({0, 2.5})) << config::name(type);
    const Range below = method(type).choose(stats_of({-1.0F}), {});
    EXPECT_EQ(asymmetric_params(below), asymmetric_params({-1, 0})) << config::name(type);
  }
}

}  // namespace
}  // namespace xquant::quantize
