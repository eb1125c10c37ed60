#include "quantize/calibrate/calibrate.h"

#include <gtest/gtest.h>

#include <limits>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// The parameters of the group of `value` when the group's root was seen between low and high.
plan::QuantParams params_of(Planned& p, const std::string& value, float low, float high) {
  ActivationStats stats;
  for (plan::Group& group : p.plan.groups) {
    group.rule.type = config::CalibrationType::kMinmax;
    const std::vector<float> seen{low, high};
    stats[group.root].observe(seen, 0);
  }
  choose_activation_params(p.g.graph, stats, p.plan);
  return p.plan.find_group(p.g[value])->params;
}

SmallGraph padded(float value) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId v = g.graph.add_constant("v", Tensor::scalar(value));
  g.output(g.op("Pad", {c, g.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}), v}, "y"));
  return g;
}

TEST(Calibration, WidensARangeByThePadValue) {
  SmallGraph g = padded(-2.0F);
  Planned p(g);
  EXPECT_EQ(params_of(p, "y", 0, 1), asymmetric_params({-2, 1}));
}

TEST(Calibration, LetsAPadValueOfAnotherWorldSaturate) {
  SmallGraph g = padded(std::numeric_limits<float>::lowest());
  Planned p(g);
  EXPECT_EQ(params_of(p, "y", 0, 1), asymmetric_params({0, 1}));
}

TEST(Calibration, KeepsAPadValueAroundWhatWasAlwaysZero) {
  SmallGraph g = padded(-2.0F);
  Planned p(g);
  EXPECT_EQ(params_of(p, "y", 0, 0), asymmetric_params({-2, 0}));
  SmallGraph mask = padded(std::numeric_limits<float>::lowest());
  Planned masked(mask);
  EXPECT_EQ(params_of(masked, "y", 0, 0), asymmetric_params({0, 0}));
}

TEST(Calibration, ClampsWhatOnlySigmoidsRead) {
  SmallGraph g;
  g.output(g.op("Sigmoid", {conv(g, picture(g), "c")}, "y"));
  Planned p(g);
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-8, 8}));
  EXPECT_EQ(params_of(p, "c", -3, 2), asymmetric_params({-3, 2}));
}

TEST(Calibration, KeepsWhatASigmoidOfRareDetectionsTellsApart) {
  // Logits of a detector that saw nothing: the results are below sigmoid(-8), yet 255 steps of
  // their own range tell them apart.
  SmallGraph g;
  g.output(g.op("Sigmoid", {conv(g, picture(g), "c")}, "y"));
  Planned p(g);
  ActivationStats stats;
  for (plan::Group& group : p.plan.groups) {
    group.rule.type = config::CalibrationType::kMinmax;
    const bool result = group.root == g["y"];
    const std::vector<float> seen{result ? 0.0F : -14.0F, result ? 1e-4F : -9.2F};
    stats[group.root].observe(seen, 0);
  }
  choose_activation_params(g.graph, stats, p.plan);
  EXPECT_EQ(p.plan.find_group(g["c"])->params, asymmetric_params({-14, 0}));
}

TEST(Calibration, ClampsBothBoundsOfHardSigmoid) {
  SmallGraph g;
  g.output(
      g.op("HardSigmoid", {conv(g, picture(g), "c")}, "y", {{"alpha", 0.25F}, {"beta", 0.5F}}));
  Planned p(g);
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-2, 2}));
}

TEST(Calibration, ClampsWhatHardSwishMakesZero) {
  SmallGraph g;
  g.output(g.op("HardSwish", {conv(g, picture(g), "c")}, "y"));
  Planned p(g, {}, "ort");
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-3, 30}));
}

TEST(Calibration, ClampsTheTailOfSilu) {
  // The result has steps of 80/255; an eighth of one, with a minus, is silu(-4.799).
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Mul", {c, g.op("Sigmoid", {c}, "gate")}, "y"));
  Planned p(g, {}, "ort");
  EXPECT_NEAR(params_of(p, "c", -50, 30).scales[0] * 255 - 30, 4.799, 0.001);
  EXPECT_EQ(params_of(p, "c", -3, 2), asymmetric_params({-3, 2}));
}

/// What the target runs in float saturates as well: the Conv before it is rounded all the same.
TEST(Calibration, ClampsWhatReadersInFloatDoNotTellApart) {
  const Settings settings{.overall = {.precision = config::PrecisionLevel::kFloatSums}};
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(conv(g, g.op("Mul", {c, g.op("Sigmoid", {c}, "gate")}, "silu"), "next"));
  const ValueId d = conv(g, g["x"], "d");
  g.output(g.op("Mul", {d, g.op("Sigmoid", {d}, "gate2")}, "silu2"));
  g.output(g.op("Sigmoid", {conv(g, g["x"], "e")}, "score"));
  Planned p(g, {}, "ort", settings);
  EXPECT_FALSE(p.is_quantized("silu2"));
  EXPECT_FALSE(p.is_quantized("score"));
  EXPECT_NEAR(params_of(p, "c", -50, 30).scales[0] * 255 - 30, 4.799, 0.001);
  // An eighth of 30/255, with a minus, is silu(-6.011).
  EXPECT_NEAR(params_of(p, "d", -50, 30).scales[0] * 255 - 30, 6.0106, 0.001);
  EXPECT_NEAR(params_of(p, "e", -50, 30).scales[0] * 254, 2 * 10.079, 0.001);
  // Detections that nobody made: all of their range tells them apart.
  EXPECT_EQ(params_of(p, "e", -14, -9.2F), asymmetric_params({-14, 0}));
}

TEST(Calibration, ClampsTheTailOfAHardSwishOfTwoOperators) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Mul", {c, g.op("HardSigmoid", {c}, "gate", {{"alpha", 0.25F}})}, "y"));
  Planned p(g, {}, "ort");
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-2, 30}));
}

TEST(Calibration, DoesNotClampAGateThatOthersReadToo) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId gate = g.op("Sigmoid", {c}, "gate");
  g.output(g.op("Mul", {c, gate}, "silu"));
  g.output(g.op("GlobalAveragePool", {gate}, "z"));
  Planned p(g, {}, "ort");
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-8, 30}));
}

TEST(Calibration, DoesNotClampWhatOthersReadToo) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Sigmoid", {c}, "y"));
  g.output(g.op("GlobalAveragePool", {c}, "z"));
  Planned p(g);
  EXPECT_EQ(params_of(p, "c", -50, 30), asymmetric_params({-50, 30}));
}

TEST(Calibration, CountsWeightChannelsOfZeros) {
  SmallGraph g;
  const ValueId w = g.constant("w", {2, 2, 1, 1}, {0, 0, 3, 4});
  g.output(g.op("Conv", {picture(g), w}, "y"));
  Planned p(g);
  Diagnostics diagnostics;
  choose_constant_params(g.graph, p.plan, diagnostics);
  EXPECT_EQ(p.constant("w")->params.scales, (std::vector<float>{1, 4.0F / 127.0F}));
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].place.tensor, "w");
  EXPECT_EQ(diagnostics.items()[0].message.substr(0, 6), "1 of 2");
}

TEST(Calibration, GivesOtherConstantsAnAsymmetricRange) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Mul", {c, g.constant("k", {1}, {-0.25F})}, "y"));
  Planned p(g);
  Diagnostics diagnostics;
  choose_constant_params(g.graph, p.plan, diagnostics);
  EXPECT_EQ(p.constant("k")->params, asymmetric_params({-0.25, 0}));
}

}  // namespace
}  // namespace xquant::quantize
