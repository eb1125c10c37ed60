#include <gtest/gtest.h>

#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

TEST(Units, OfConvAndReluHaveOneScale) {
  SmallGraph g;
  g.output(g.op("Relu", {conv(g, picture(g), "c")}, "y"));
  const Planned p(g);
  EXPECT_TRUE(p.is_inner("c"));
  EXPECT_FALSE(p.has_scale("c"));
  EXPECT_TRUE(p.has_scale("y"));
  EXPECT_TRUE(p.has_scale("x"));
}

TEST(Units, EndWhereTheInnerTensorIsSeenElsewhere) {
  for (const bool as_output : {true, false}) {
    SmallGraph g;
    const ValueId c = conv(g, picture(g), "c");
    g.output(g.op("Relu", {c}, "y"));
    g.output(as_output
                 ? c
                 : g.op("MaxPool", {c}, "z", {{"kernel_shape", std::vector<std::int64_t>{2, 2}}}));
    const Planned p(g);
    EXPECT_FALSE(p.is_inner("c"));
    EXPECT_TRUE(p.has_scale("c"));
  }
}

TEST(Units, ReachOverAResidualAddAndItsRelu) {
  SmallGraph g;
  const ValueId a = conv(g, picture(g), "a");
  const ValueId b = conv(g, a, "b");
  g.output(g.op("Relu", {g.op("Add", {a, b}, "sum")}, "y"));
  const Planned p(g);
  EXPECT_TRUE(p.is_inner("sum"));
  EXPECT_TRUE(p.has_scale("a"));
  EXPECT_TRUE(p.has_scale("b"));
  EXPECT_FALSE(p.share("a", "b"));
}

void gate(SmallGraph& g, const std::string& type, Attributes attributes) {
  const ValueId c = conv(g, picture(g), "c");
  const ValueId s = g.op(type, {c}, "s", std::move(attributes));
  g.output(g.op("Mul", {s, c}, "y"));
}

TEST(Units, OfSiluHaveOneScale) {
  SmallGraph g;
  gate(g, "Sigmoid", {});
  const Planned p(g);
  EXPECT_TRUE(p.is_inner("c"));
  EXPECT_TRUE(p.is_inner("s"));
  EXPECT_TRUE(p.has_scale("y"));
}

TEST(Units, OfSiluAreNoneForATargetThatDoesNotFuseThem) {
  SmallGraph g;
  gate(g, "Sigmoid", {});
  const Planned p(g, {}, "ort");
  EXPECT_TRUE(p.has_scale("c"));
  EXPECT_TRUE(p.has_scale("s"));
}

TEST(Units, OfSiluEndWhereTheGateIsSeenElsewhere) {
  SmallGraph g;
  gate(g, "Sigmoid", {});
  g.output(g["s"]);
  const Planned p(g);
  EXPECT_TRUE(p.has_scale("c"));
  EXPECT_TRUE(p.has_scale("s"));
}

TEST(Units, TakeXTimesHardSigmoidForHardSwishOnlyWithItsOwnSlope) {
  SmallGraph g;
  gate(g, "HardSigmoid", {{"alpha", 1.0F / 6.0F}});
  EXPECT_TRUE(Planned(g).is_inner("c"));
  SmallGraph other;
  gate(other, "HardSigmoid", {});  // alpha 0.2
  EXPECT_FALSE(Planned(other).is_inner("c"));
}

TEST(Units, OfHardSwishAndLeakyReluNeedAComputingOperatorBeforeThem) {
  for (const char* type : {"HardSwish", "LeakyRelu"}) {
    SmallGraph g;
    const ValueId a = g.op(type, {conv(g, picture(g), "c")}, "a");
    g.output(g.op(type, {g.op("Add", {a, a}, "sum")}, "y"));
    const Planned p(g);
    EXPECT_TRUE(p.is_inner("c")) << type;
    EXPECT_FALSE(p.is_inner("sum")) << type;
  }
}

TEST(Units, OfMatMulTakeInItsBiasWhichStaysFloat) {
  SmallGraph g;
  const ValueId m =
      g.op("MatMul", {g.input("x", {2, 2}), g.constant("w", {2, 2}, {1, 2, 3, 4})}, "m");
  const ValueId sum = g.op("Add", {g.constant("b", {2}, {5, 6}), m}, "sum");
  g.output(g.op("Relu", {sum}, "y"));
  const Planned p(g);
  EXPECT_TRUE(p.is_inner("m"));
  EXPECT_TRUE(p.is_inner("sum"));
  EXPECT_EQ(p.constant("b"), nullptr);
  EXPECT_TRUE(p.constant("w")->power_of_two);
}

TEST(Units, OfMatMulLeaveAnAddOfAWholeTensorAlone) {
  SmallGraph g;
  const ValueId m =
      g.op("MatMul", {g.input("x", {2, 2}), g.constant("w", {2, 2}, {1, 2, 3, 4})}, "m");
  g.output(g.op("Add", {m, g.constant("b", {2, 2}, {5, 6, 7, 8})}, "y"));
  const Planned p(g);
  EXPECT_FALSE(p.is_inner("m"));
  ASSERT_NE(p.constant("b"), nullptr);
  EXPECT_EQ(p.constant("b")->kind, plan::ConstantOperand::Kind::kOperand);
}

}  // namespace
}  // namespace xquant::quantize
