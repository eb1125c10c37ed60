#include "quantize/reconstruct/readable.h"

#include <gtest/gtest.h>

namespace xquant::quantize {
namespace {

constexpr double kMargin = 0.5;

TEST(Readable, WeighsNothingThatStaysBeyondItsLimits) {
  const Readable clipped{.slope = 1, .low = 0, .high = 6};
  EXPECT_EQ(clipped.weight(-1, kMargin), 0);
  EXPECT_EQ(clipped.weight(7, kMargin), 0);
  // These may come back.
  EXPECT_EQ(clipped.weight(-0.25, kMargin), 1);
  EXPECT_EQ(clipped.weight(6.25, kMargin), 1);
  EXPECT_EQ(clipped.weight(3, kMargin), 1);
}

TEST(Readable, WeighsSquaresOfNegativeResultsByTheSlope) {
  const Readable leaky{.slope = 0.25};
  EXPECT_EQ(leaky.weight(-1, kMargin), 0.0625);
  EXPECT_EQ(leaky.weight(-0.25, kMargin), 1);
  EXPECT_EQ(leaky.of(-2), -0.5);
  EXPECT_EQ(leaky.of(2), 2);
}

}  // namespace
}  // namespace xquant::quantize
