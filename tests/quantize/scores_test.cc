#include "quantize/ranges/scores.h"

#include <gtest/gtest.h>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// Of a detector: boxes as they are, scores through a Sigmoid, both in one output.
SmallGraph detector() {
  SmallGraph g;
  const ValueId c = conv(g, g.input("x", {1, 2, 4, 4}), "c");
  const ValueId scores = g.op("Sigmoid", {conv(g, c, "logits")}, "scores");
  g.output(g.op("Concat", {conv(g, c, "boxes"), scores}, "y", {{"axis", std::int64_t{1}}}));
  return g;
}

TEST(Scores, AreFoundBehindMovement) {
  const SmallGraph g = detector();
  EXPECT_EQ(find_scores(g.graph), (std::set<ValueId>{g["scores"], g["logits"]}));
}

/// The largest value that the group can hold after a method that ended at 0.
double largest(const std::string& value, float seen) {
  SmallGraph g = detector();
  Planned p(g);
  ActivationStats stats;
  for (plan::Group& group : p.plan.groups) {
    stats[group.root].observe(std::vector<float>{-10, seen}, 0);
    group.params = asymmetric_params({-10, 0});
  }
  plan::Group& scores = p.plan.groups[plan::index(p.plan.group_of.at(g["scores"]))];
  scores.params = asymmetric_params({0, 1});
  plan::Group& group = p.plan.groups[plan::index(p.plan.group_of.at(g[value]))];
  keep_largest_scores(g.graph, p.plan, stats, find_scores(g.graph), group);
  return range_of(group.params).high;
}

TEST(Scores, KeepTheLargestThatWasSeen) {
  EXPECT_NEAR(largest("logits", 1.5F), 1.5, 0.05);
  EXPECT_EQ(largest("c", 1.5F), 0);
  EXPECT_EQ(largest("boxes", 1.5F), 0);
}

TEST(Scores, EndWhereSigmoidTellsNothingApart) { EXPECT_NEAR(largest("logits", 20), 8, 0.1); }

}  // namespace
}  // namespace xquant::quantize
