#include "quantize/observers/distribution.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xquant::quantize {
namespace {

/// All of these begin a bin; the smallest and the largest stand at the outer edges alone.
const std::vector<float> kValues{-1.5F, 0.5F, 1, 1, 2, 3};

TensorStats stats_of(const std::vector<float>& values) {
  TensorStats stats;
  stats.observe(values, 0);
  return stats;
}

TEST(Distribution, CountsBinsThatAreNotEmptyAndBinsWithoutWidthAsNearlyNothing) {
  const Distribution distribution(stats_of(kValues));
  const auto& total = distribution.total();
  EXPECT_EQ(total.count, 6);
  EXPECT_NEAR(total.support, 3 + 2e-6, 1e-9);
  EXPECT_NEAR(total.entropy, 2 * std::log(2.0) + 2 * std::log(1e6), 1e-4);
}

TEST(Distribution, SpreadsABinEvenly) {
  const Distribution distribution(stats_of(kValues));
  const double width = distribution.bin_width();
  const auto quarter = distribution.below(1 + width / 4) - distribution.below(1);
  EXPECT_DOUBLE_EQ(quarter.count, 0.5);
  EXPECT_DOUBLE_EQ(quarter.sum, 0.5 * (1 + width / 8));
  EXPECT_NEAR(quarter.squares, 0.5 * (1 + width / 4 + width * width / 48), 1e-12);
  EXPECT_NEAR(quarter.support, 0.25, 1e-12);
  EXPECT_NEAR(quarter.entropy, 0.5 * std::log(2.0), 1e-6);
}

}  // namespace
}  // namespace xquant::quantize
