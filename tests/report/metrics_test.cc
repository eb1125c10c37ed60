#include "report/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace xquant::report {
namespace {

ErrorSums sums_of(const std::vector<float>& x, const std::vector<float>& y) {
  return compare(x, y);
}

TEST(Metrics, AreThoseOfAHandComputedCase) {
  // x = (3, 4), y = (3, 2): noise 4, signal 25, product 17, quantized 13.
  const ErrorSums sums = sums_of({3, 4}, {3, 2});
  EXPECT_DOUBLE_EQ(sums.snr(), 4.0 / (25.0 + 1e-7));
  EXPECT_DOUBLE_EQ(sums.mse(), 2.0);
  EXPECT_DOUBLE_EQ(sums.cosine(), 17.0 / (5.0 * std::sqrt(13.0)));
  EXPECT_NEAR(sums.sqnr_db(), 7.9588001734407516, 1e-12);  // 10 log10(25 / 4)
}

TEST(Metrics, OfEqualTensorsArePerfect) {
  const ErrorSums sums = sums_of({1, -2, 3}, {1, -2, 3});
  EXPECT_EQ(sums.snr(), 0);
  EXPECT_DOUBLE_EQ(sums.cosine(), 1);
  EXPECT_EQ(sums.sqnr_db(), std::numeric_limits<double>::infinity());
}

TEST(Metrics, OfZerosAreDefined) {
  EXPECT_EQ(sums_of({0}, {0}).cosine(), 1);
  EXPECT_EQ(sums_of({0}, {1}).cosine(), 0);
  EXPECT_EQ(sums_of({0}, {1}).sqnr_db(), -std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(sums_of({0}, {1}).snr(), 1e7);
  EXPECT_EQ(ErrorSums{}.mse(), 0);
}

TEST(Metrics, OfSamplesAddUp) {
  ErrorSums sums = sums_of({3}, {3});
  sums.add(sums_of({4}, {2}));
  EXPECT_DOUBLE_EQ(sums.mse(), 2.0);
  EXPECT_EQ(sums.count, 2U);
}

TEST(Metrics, HaveDecibelsAsTheMathLibraryHasThem) {
  for (double noise = 1e-12; noise < 1e12; noise *= 1.7) {
    const ErrorSums sums{.signal = 3, .quantized = 1, .product = 1, .noise = noise, .count = 1};
    EXPECT_NEAR(sums.sqnr_db(), 10 * std::log10(3 / noise), 1e-9) << noise;
  }
}

TEST(Argmax, TakesTheFirstOfEqualOnes) {
  const std::vector<float> values{1, 5, 5, 2};
  EXPECT_EQ(argmax(values), 1U);
}

}  // namespace
}  // namespace xquant::report
