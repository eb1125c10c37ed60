#include "quantize/tune/sensitive_scales.h"

#include <gtest/gtest.h>

namespace xquant::quantize {
namespace {

/// One tensor whose channels nothing else reads: all may be as wide as the widest, those that
/// hardly have values no more than 64 times as wide as they are measured against it.
TEST(SensitiveScales, WidenNarrowChannelsAndDeadOnesWithinBounds) {
  const ChannelSensitivity wide{.low = -2, .high = 1, .cost = 1};
  const ChannelSensitivity narrow{.low = 0, .high = 0.5F, .cost = 1};
  const ChannelSensitivity dead{.low = 0, .high = 0, .cost = 1};
  const std::vector<RoundedGroup> groups{
      {.group = 0, .channels = {{&wide, 1}, {&narrow, 2}, {&dead, 3}}}};
  const ClassScales scales = sensitive_class_scales(4, groups);
  EXPECT_EQ(scales, (ClassScales{1, 1, 0.25F, 1.0F / 64}));
  EXPECT_EQ(range_of(groups[0], scales).low, -2);
  EXPECT_EQ(range_of(groups[0], scales).high, 2);
}

}  // namespace
}  // namespace xquant::quantize
