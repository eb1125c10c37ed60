#include <gtest/gtest.h>

#include "quantize/params.h"
#include "quantize/planned.h"
#include "quantize/ranges/limit_outliers.h"

namespace xquant::quantize {
namespace {

/// Values between -1 and 1, and as many of `outlier` as one in 4096.
std::vector<float> with_outliers(float outlier, std::size_t count = 1 << 14) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(i % 201) / 100.0F - 1.0F);
    if (i % 4096 == 0) values.back() = outlier;
  }
  return values;
}

/// The largest value that the group of `value` can hold, having seen those, with that limit.
double largest(const std::string& value, const std::vector<float>& seen, double ratio,
               config::CalibrationType type = config::CalibrationType::kDefault) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 2, 4, 4});
  const ValueId c = conv(g, x, "c");
  g.output(g.op("Softmax", {conv(g, c, "d")}, "y"));
  Planned p(g);
  ActivationStats stats;
  for (plan::Group& group : p.plan.groups) {
    stats[group.root].observe(seen, 0);
    group.rule.type = type;
    group.params = asymmetric_params({-1, 100});
  }
  const auto groups = limit_outliers(stats, p.plan.groups, ratio);
  const plan::QuantParams& params = groups[plan::index(p.plan.group_of.at(g[value]))].params;
  return (127.0 - params.zero_points[0]) * static_cast<double>(params.scales[0]);
}

TEST(Outliers, AreClippedAtAMultipleOfTheBulk) {
  EXPECT_NEAR(largest("c", with_outliers(100), 16), 16, 0.2);
  EXPECT_NEAR(largest("c", with_outliers(100), 4), 4, 0.1);
}

TEST(Outliers, AreNoneWithinTheLimit) {
  EXPECT_NEAR(largest("c", with_outliers(100), 128), 100, 0.5);
}

TEST(Outliers, OfATensorThatIsNearlyAlwaysZeroStay) {
  std::vector<float> sparse(1 << 14, 0.0F);
  sparse[5] = 100;
  EXPECT_NEAR(largest("c", sparse, 4), 100, 0.5);
}

TEST(Outliers, StayWhereTheConfigurationNamesTheMethod) {
  const auto type = config::CalibrationType::kMinmax;
  EXPECT_NEAR(largest("c", with_outliers(100), 4, type), 100, 0.5);
}

}  // namespace
}  // namespace xquant::quantize
