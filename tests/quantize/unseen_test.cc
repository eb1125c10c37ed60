#include "quantize/ranges/unseen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// Normal values of that mean (the sum of twelve even ones).
std::vector<float> bells(std::size_t count, float mean, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count, mean - 6);
  for (float& value : values) {
    for (int i = 0; i < 12; ++i) value += static_cast<float>(random() % 65536) / 65536;
  }
  return values;
}

TensorStats stats_of(const std::vector<float>& values) {
  TensorStats stats;
  stats.observe(values, 0);
  return stats;
}

Range seen(const TensorStats& stats) {
  return {std::min<double>(stats.min(), 0), std::max<double>(stats.max(), 0)};
}

/// The mean squared error of rounding in 255 steps, and of clipping.
double error(const std::vector<float>& values, const Range& range) {
  const double step = (range.high - range.low) / 255;
  double sum = 0;
  for (const float value : values) {
    const double rounded = std::nearbyint(static_cast<double>(value) / step) * step;
    const double kept = std::clamp(rounded, range.low, range.high);
    sum += (kept - static_cast<double>(value)) * (kept - static_cast<double>(value));
  }
  return sum / static_cast<double>(values.size());
}

TEST(RoomForUnseenValues, MakesTheErrorOfOtherDataSmaller) {
  for (const float mean : {0.0F, 3.0F, -20.0F}) {
    const std::vector<float> other = bells(1000000, mean, 1000);
    double before = 0, after = 0;
    for (unsigned seed = 0; seed < 20; ++seed) {
      const TensorStats stats = stats_of(bells(200, mean, seed));
      const Range narrow = seen(stats), wide = with_unseen(stats, narrow);
      EXPECT_LE(wide.low, narrow.low);
      EXPECT_GE(wide.high, narrow.high);
      before += error(other, narrow);
      after += error(other, wide);
    }
    EXPECT_LT(after, 0.6 * before) << mean;
  }
}

TEST(RoomForUnseenValues, IsNoneWhereManyValuesWereSeen) {
  const TensorStats stats = stats_of(bells(4000000, 0, 3));
  EXPECT_EQ(with_unseen(stats, seen(stats)), seen(stats));
}

TEST(RoomForUnseenValues, IsNoneOnASideWithoutValuesOrWithFew) {
  std::vector<float> values = bells(400, 0, 4);
  for (float& value : values) value = std::abs(value);
  const TensorStats stats = stats_of(values);
  EXPECT_EQ(with_unseen(stats, seen(stats)).low, 0);
  EXPECT_GT(with_unseen(stats, seen(stats)).high, seen(stats).high);
  const TensorStats few = stats_of(bells(20, 0, 5));
  EXPECT_EQ(with_unseen(few, seen(few)), seen(few));
  const TensorStats same = stats_of(std::vector<float>(400, 2.0F));
  EXPECT_NEAR(with_unseen(same, seen(same)).high, 2, 0.05);
}

TEST(RoomForUnseenValues, IsLeftInOutputsWithoutBoundsAlone) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(conv(g, c, "y"));
  g.output(g.op("Sigmoid", {conv(g, c, "logits")}, "scores"));
  Planned p(g);
  ActivationStats stats;
  for (plan::Group& group : p.plan.groups) {
    stats[group.root].observe(bells(400, 0, 6), 0);
    group.params = asymmetric_params(seen(stats.at(group.root)));
  }
  for (const std::string name : {"c", "y", "logits", "scores"}) {
    plan::Group& group = p.plan.groups[plan::index(p.plan.group_of.at(g[name]))];
    const plan::QuantParams before = group.params;
    leave_room_in_outputs(g.graph, stats, group);
    EXPECT_EQ(group.params != before, name == "y") << name;
  }
}

}  // namespace
}  // namespace xquant::quantize
