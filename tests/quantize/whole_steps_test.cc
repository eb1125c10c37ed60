#include "quantize/calibrate/whole_steps.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// The steps of a tensor.
plan::QuantParams params_of(const Planned& p, const std::vector<plan::Group>& groups,
                            const std::string& value) {
  return groups[index(p.plan.group_of.at(p.g[value]))].params;
}

/// The groups of the plan with ranges of their own, carried on.
std::vector<plan::Group> carried(const Planned& p, const plan::ActivationRule& rule = {}) {
  std::vector<plan::Group> groups = p.plan.groups;
  double high = 4;
  for (plan::Group& group : groups) {
    group.activation = rule;
    group.params = activation_params({-0.7, high}, rule);
    high += 0.31;
  }
  carry_whole_steps(p.g.graph, p.plan, groups);
  return groups;
}

TEST(WholeSteps, FollowTheAffineBehindAnActivation) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId m = g.op("Mul", {c, g.constant("half", {1}, {0.5F})}, "m");
  const ValueId a = g.op("Add", {g.constant("less", {}, {-0.3F}), m}, "a");
  g.output(conv(g, g.op("Mul", {a, g.constant("half again", {1, 1}, {0.5F})}, "d"), "y"));
  const Planned p(g);
  const auto groups = carried(p);
  const plan::QuantParams of_c = params_of(p, groups, "c");
  EXPECT_EQ(of_c, activation_params({-0.7, 4.31}, {})) << "what stands in front decides";
  EXPECT_EQ(params_of(p, groups, "m").scales[0], 0.5F * of_c.scales[0]);
  EXPECT_EQ(params_of(p, groups, "m").zero_points, of_c.zero_points);
  EXPECT_EQ(params_of(p, groups, "a").scales[0], 0.5F * of_c.scales[0]);
  const double steps = std::nearbyint(-0.3 / (0.5 * static_cast<double>(of_c.scales[0])));
  EXPECT_LT(steps, -20);
  EXPECT_EQ(params_of(p, groups, "a").zero_points[0], of_c.zero_points[0] - steps);
  EXPECT_EQ(params_of(p, groups, "d").scales[0], 0.25F * of_c.scales[0]);
  EXPECT_EQ(params_of(p, groups, "d").zero_points, params_of(p, groups, "a").zero_points);
}

TEST(WholeSteps, FollowOperatorsThatOnlyPickElements) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId r = g.op("Relu", {c}, "r");
  const ValueId scales = g.constant("scales", {4}, {1, 1, 2, 2});
  const ValueId up = g.op("Resize", {r, ValueId::kNone, scales}, "up");
  const Attributes mode{{"mode", std::string("linear")}};
  const ValueId linear = g.op("Resize", {up, ValueId::kNone, scales}, "linear", mode);
  const Attributes axis{{"axis", std::int64_t{1}}};
  g.output(g.op("Concat", {linear, linear}, "twice", axis));
  g.output(g.op("Add", {c, r}, "y"));
  const Planned p(g);
  const auto groups = carried(p);
  EXPECT_EQ(params_of(p, groups, "r"), params_of(p, groups, "c"));
  EXPECT_EQ(params_of(p, groups, "up"), params_of(p, groups, "c"));
  EXPECT_NE(params_of(p, groups, "linear"), params_of(p, groups, "c")) << "it computes means";
  EXPECT_EQ(params_of(p, groups, "twice"), params_of(p, groups, "linear"));
}

TEST(WholeSteps, LeaveAClipItsOwnWhereTheyMissItsBounds) {
  const auto carries = [](float low, float high, double scale_of_operand) {
    SmallGraph g;
    const ValueId c = conv(g, picture(g), "c");
    const ValueId clipped =
        g.op("Clip", {c, g.constant("low", {}, {low}), g.constant("high", {}, {high})}, "r");
    g.output(g.op("Add", {c, clipped}, "y"));
    const Planned p(g);
    std::vector<plan::Group> groups = p.plan.groups;
    for (plan::Group& group : groups) group.params = activation_params({low, high}, {});
    groups[index(p.plan.group_of.at(p.g["c"]))].params = {
        .scales = {static_cast<float>(scale_of_operand)}, .zero_points = {-10}};
    carry_whole_steps(p.g.graph, p.plan, groups);
    return params_of(p, groups, "r") == params_of(p, groups, "c");
  };
  EXPECT_FALSE(carries(-0.8F, 0.9F, 5)) << "nothing would be left";
  EXPECT_FALSE(carries(0, 6, 0.9)) << "6 is not a multiple of 0.9";
  EXPECT_TRUE(carries(0, 6, 0.75)) << "6 is 8 steps";
  EXPECT_TRUE(carries(0, 6, 0.03)) << "6 is 200 steps";
  EXPECT_TRUE(carries(-0.8F, 0.9F, 0.003)) << "the operand does not get there";
}

/// Whether the result of the operator keeps the range that it had.
bool stays(const std::string& type, const std::vector<float>& number, bool number_first = false,
           const plan::ActivationRule& rule = {}) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const Shape shape = number.size() == 1 ? Shape{} : Shape{2, 1, 1};
  const ValueId n = g.constant("n", shape, number);
  g.output(conv(g, g.op(type, number_first ? std::vector{n, c} : std::vector{c, n}, "r"), "y"));
  const Planned p(g);
  return params_of(p, carried(p, rule), "r") == activation_params({-0.7, 4.62}, rule);
}

TEST(WholeSteps, LeaveWhatTheUserCalibratesInAnotherWay) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(conv(g, g.op("Mul", {c, g.constant("half", {1}, {0.5F})}, "m"), "y"));
  Planned p(g);
  p.plan.groups[index(p.plan.group_of.at(g["m"]))].rule = {config::CalibrationType::kKl};
  EXPECT_EQ(params_of(p, carried(p), "m"), activation_params({-0.7, 4.62}, {}));
}

TEST(WholeSteps, AreNotForAnythingElse) {
  EXPECT_FALSE(stays("Mul", {0.5F}));
  EXPECT_FALSE(stays("Sub", {0.5F}));
  EXPECT_TRUE(stays("Mul", {0.5F, 0.25F})) << "a number for each channel";
  EXPECT_TRUE(stays("Mul", {-0.5F})) << "it mirrors";
  EXPECT_TRUE(stays("Mul", {0})) << "nothing is left";
  EXPECT_TRUE(stays("Sub", {0.5F}, true)) << "it mirrors";
  EXPECT_TRUE(stays("Div", {0.5F}, true)) << "no affine";
  EXPECT_TRUE(stays("Add", {1})) << "no zero point lies so far on";
  EXPECT_TRUE(stays("Mul", {0.5F}, false, {.symmetric = true})) << "the target has rules";
}

}  // namespace
}  // namespace xquant::quantize
