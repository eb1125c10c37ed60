#include "quantize/policy/policy.h"

#include <gtest/gtest.h>

#include <limits>

#include "quantize/planned.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Policy, LeavesWhatStandsBeforeTheFirstComputingOperatorFloat) {
  SmallGraph g;
  const ValueId half = g.constant("half", {1}, {0.5F});
  const ValueId scaled = g.op("Mul", {picture(g), half}, "scaled");
  g.output(conv(g, scaled, "y"));
  const Planned p(g);
  EXPECT_FALSE(p.is_quantized("scaled"));
  EXPECT_EQ(p.reason("scaled"), "no operand comes from an int8 operator");
  EXPECT_FALSE(p.has_scale("x"));
  EXPECT_TRUE(p.has_scale("scaled"));
  EXPECT_EQ(p.constant("half"), nullptr);
}

TEST(Policy, SaysWhyAnOperatorStaysFloat) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId s = g.op("Softmax", {c}, "s");
  g.output(g.op("Relu", {s}, "y"));
  const Planned p(g);
  EXPECT_EQ(p.reason("s"), "the target 'spacemit' has no int8 operator of this type");
  EXPECT_EQ(p.reason("y"), "no operand comes from an int8 operator");
  EXPECT_TRUE(p.has_scale("c"));
  EXPECT_FALSE(p.has_scale("s"));
}

TEST(Policy, LeavesIntegersFloatless) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId shape = g.op("Shape", {c}, "shape");
  const ValueId more =
      g.op("Concat", {shape, g.integers("one", {1})}, "more", {{"axis", std::int64_t{0}}});
  g.output(g.op("Reshape", {c, more}, "y"));
  const Planned p(g);
  EXPECT_EQ(p.reason("more"), "it does not work on float tensors");
  EXPECT_TRUE(p.is_quantized("y"));
  EXPECT_FALSE(p.has_scale("more"));
}

TEST(Policy, GivesAChainOfPassThroughsTheScaleOfItsInput) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId pool = g.op("MaxPool", {c}, "pool", {{"kernel_shape", Ints{2, 2}}});
  const ValueId flat = g.op("Flatten", {pool}, "flat");
  g.output(g.op("Transpose", {flat}, "y"));
  const Planned p(g);
  for (const char* name : {"pool", "flat", "y"}) EXPECT_TRUE(p.share("c", name)) << name;
  EXPECT_EQ(p.plan.groups[index(p.plan.group_of.at(g["y"]))].root, c);
}

TEST(Policy, GivesTheResultOfAveragingAndResizingAScaleOfItsOwn) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("AveragePool", {c}, "mean", {{"kernel_shape", Ints{2, 2}}}));
  g.output(g.op("GlobalAveragePool", {c}, "all"));
  const Planned p(g);
  EXPECT_FALSE(p.share("c", "mean"));
  EXPECT_FALSE(p.share("c", "all"));
}

TEST(Policy, GivesEveryPartOfASplitTheScaleOfTheWhole) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const auto parts = g.node("Split", {c}, {"a", "b"}, {{"axis", std::int64_t{1}}});
  g.output(parts[0]);
  g.output(parts[1]);
  const Planned p(g);
  EXPECT_TRUE(p.share("c", "a"));
  EXPECT_TRUE(p.share("c", "b"));
}

TEST(Policy, GivesTheOperandsOfConcatScalesOfTheirOwn) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId a = conv(g, x, "a");
  const ValueId k = g.constant("k", {1, 2, 4, 4}, std::vector<float>(32, 2.0F));
  g.output(g.op("Concat", {a, x, k}, "y", {{"axis", std::int64_t{1}}}));
  const Planned p(g);
  EXPECT_FALSE(p.share("a", "y"));
  EXPECT_FALSE(p.share("x", "y"));
  EXPECT_EQ(p.constant("k")->kind, plan::ConstantOperand::Kind::kOperand);
  EXPECT_EQ(p.plan.groups.size(), 3U);  // x once, although two operators read it
}

TEST(Policy, QuantizesConvWeightsPerChannelAndOthersPerTensor) {
  SmallGraph g;
  const ValueId flat = g.op("Flatten", {conv(g, picture(g), "c")}, "flat");
  const ValueId w = g.constant("w", {2, 32}, std::vector<float>(64, 1.0F));
  g.output(
      g.op("Gemm", {flat, w, g.constant("b", {2}, {1, 2})}, "y", {{"transB", std::int64_t{1}}}));
  const Planned p(g);
  EXPECT_EQ(p.constant("c_w")->params.axis, 0);
  EXPECT_FALSE(p.constant("c_w")->power_of_two);
  EXPECT_EQ(p.constant("w")->params.axis, -1);
  EXPECT_TRUE(p.constant("w")->power_of_two);
  EXPECT_EQ(p.constant("b"), nullptr);
  const Planned ort(g, {}, "ort");
  EXPECT_EQ(ort.constant("w")->params.axis, 0);
  EXPECT_FALSE(ort.constant("w")->power_of_two);
}

TEST(Policy, LetsTheWeightSchemeOverrideAllButConv) {
  const plan::Target target =
      with_weight_scheme(plan::target("spacemit"), config::WeightScheme::kPerChannel);
  EXPECT_TRUE(target.weights.at("MatMul").per_channel);
  EXPECT_FALSE(target.weights.at("MatMul").power_of_two);
  EXPECT_TRUE(target.weights.at("Conv").per_channel);
}

TEST(Policy, KeepsMasksFloat) {
  for (const float mask :
       {-std::numeric_limits<float>::max(), -std::numeric_limits<float>::infinity()}) {
    SmallGraph g;
    const ValueId m =
        g.op("MatMul", {g.input("x", {2, 2}), g.constant("w", {2, 2}, {1, 2, 3, 4})}, "m");
    g.output(g.op("Add", {m, g.constant("mask", {2, 2}, {0, mask, 0, 0})}, "y"));
    const Planned p(g);
    EXPECT_EQ(p.reason("y"), "a constant operand holds infinite or mask-like values");
    EXPECT_EQ(p.constant("mask"), nullptr);
    EXPECT_TRUE(p.has_scale("m"));
  }
}

TEST(Policy, GivesNoScaleToBoundsAndBiases) {
  SmallGraph g;
  const ValueId low = g.input("low", {});
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Clip", {c, low}, "y"));
  const Planned p(g);
  EXPECT_TRUE(p.is_quantized("y"));
  EXPECT_FALSE(p.has_scale("low"));
}

TEST(Operands, AxesOfWeightsAreTheirOutputChannels) {
  const Node conv{.name = "", .op_type = "Conv"};
  EXPECT_EQ(weight_axis(conv, {8, 4, 3, 3}), 0);
  const Node transposed{.name = "", .op_type = "ConvTranspose"};
  EXPECT_EQ(weight_axis(transposed, {8, 4, 3, 3}), 1);
  const Node grouped{
      .name = "", .op_type = "ConvTranspose", .attributes = {{"group", std::int64_t{2}}}};
  EXPECT_EQ(weight_axis(grouped, {8, 4, 3, 3}), -1);
  const Node matmul{.name = "", .op_type = "MatMul"};
  EXPECT_EQ(weight_axis(matmul, {2, 3, 4}), 2);
  EXPECT_EQ(weight_axis(matmul, {3}), -1);
}

TEST(Target, ThatIsNotKnownIsRefusedWithTheKnownOnes) {
  try {
    plan::target("abacus");
    FAIL() << "known";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_NE(error.fix().find("spacemit"), std::string::npos);
  }
}

}  // namespace
}  // namespace xquant::quantize
