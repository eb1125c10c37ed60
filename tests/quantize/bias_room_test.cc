#include "quantize/calibrate/bias_room.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

constexpr float kStep = 0.02F;  // of the data

/// The weight scales of a Conv with these weights [2, 2, 1, 1] and this bias.
std::vector<float> scales_of(const std::vector<float>& weights, const std::vector<float>& bias,
                             bool power_of_two = false) {
  SmallGraph g;
  g.output(g.op("Conv",
                {picture(g), g.constant("w", {2, 2, 1, 1}, weights), g.constant("b", {2}, bias)},
                "y"));
  Planned p(g);
  p.plan.groups[index(p.plan.group_of.at(g["x"]))].params = {{kStep}, {0}};
  plan::ConstantOperand operand = *p.constant("w");
  operand.power_of_two = power_of_two;
  const Tensor& tensor = *g.graph.constant(g["w"]);
  operand.params = power_of_two ? power_of_two_params(tensor, 0) : symmetric_params(tensor, 0);
  make_room_for_bias(g.graph, p.plan, operand);
  return operand.params.scales;
}

TEST(BiasRoom, LeavesOrdinaryScalesAlone) {
  const std::vector<float> scales = scales_of({1.27F, 0, 0, -2.54F}, {3, -100});
  EXPECT_FLOAT_EQ(scales[0], 0.01F);
  EXPECT_FLOAT_EQ(scales[1], 0.02F);
}

TEST(BiasRoom, GivesAChannelOfZerosAUnitThatKeepsItsBias) {
  const std::vector<float> scales = scales_of({0, 0, 1, 1}, {0.3F, 0});
  EXPECT_NEAR(0.3 / (kStep * scales[0]), 0x1p24, 16);
}

TEST(BiasRoom, GivesAChannelOfNothingAnyScale) {
  EXPECT_EQ(scales_of({0, 0, 1, 1}, {0, 0})[0], 1.0F);
}

TEST(BiasRoom, RaisesScalesWhoseUnitsCannotCountTheBias) {
  const std::vector<float> scales = scales_of({1e-7F, 0, 1, 1}, {50, 0});
  EXPECT_NEAR(50 / (kStep * scales[0]), 0x1p28, 256);
  EXPECT_FLOAT_EQ(scales[1], 1 / 127.0F);
}

TEST(BiasRoom, KeepsPowersOfTwo) {
  for (const float scale : scales_of({0, 0, 1e-7F, 0}, {0.3F, 50}, true)) {
    EXPECT_EQ(std::exp2(std::round(std::log2(scale))), scale);
    EXPECT_LT(scale, 1e-4F);
  }
}

TEST(BiasRoom, IsTheLeastThatReconstructionMayTake) {
  SmallGraph g;
  g.output(g.op("Conv", {picture(g), g.constant("w", {2, 2, 1, 1}, {1e-7F, 0, 1, 1})}, "y"));
  Planned p(g);
  plan::ConstantOperand operand = *p.constant("w");
  operand.params = {{1e-3F, 1 / 127.0F}, {0, 0}, 0};
  EXPECT_EQ(least_scales(operand, *g.graph.constant(g["w"])),
            (std::vector<float>{1e-3F, kMinScale}));
}

}  // namespace
}  // namespace xquant::quantize
