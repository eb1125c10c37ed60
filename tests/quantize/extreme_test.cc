#include "quantize/observers/extreme.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace xquant::quantize {
namespace {

TEST(Extreme, KnowsTheRangeWithoutItsSample) {
  Extreme extreme;
  extreme.observe(1.0F, 4);
  extreme.observe(9.0F, 2);
  extreme.observe(3.0F, 7);
  EXPECT_EQ(extreme.value(), 9.0F);
  EXPECT_EQ(extreme.sample(), 2);
  EXPECT_EQ(extreme.others(), 3.0F);
}

TEST(Extreme, IsSharedByEqualSamples) {
  Extreme extreme;
  extreme.observe(2.0F, 5);
  extreme.observe(2.0F, 1);
  EXPECT_EQ(extreme.sample(), 1);
  EXPECT_EQ(extreme.others(), 2.0F);
}

TEST(Extreme, DoesNotDependOnTheOrderOfMerging) {
  std::vector<int> order{0, 1, 2, 3, 4};
  const std::vector<float> values{3, 8, 8, -1, 5};
  Extreme first;
  for (const int i : order) first.observe(values[static_cast<std::size_t>(i)], i);
  while (std::next_permutation(order.begin(), order.end())) {
    Extreme left;
    Extreme right;
    for (std::size_t at = 0; at < order.size(); ++at) {
      (at < 2 ? left : right).observe(values[static_cast<std::size_t>(order[at])], order[at]);
    }
    right.merge(left);
    EXPECT_EQ(right, first);
  }
}

}  // namespace
}  // namespace xquant::quantize
