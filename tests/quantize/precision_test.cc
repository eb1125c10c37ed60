#include "quantize/policy/precision.h"

#include <gtest/gtest.h>

#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

using config::PrecisionLevel;

Settings level(PrecisionLevel precision) { return {.overall = {.precision = precision}}; }

/// Conv -> HardSwish, a sum of two activations, a sum with a constant, a gate, a normalization.
SmallGraph all_kinds() {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId a = conv(g, x, "a");
  const ValueId b = conv(g, x, "b");
  const ValueId sum = g.op("Add", {a, b}, "sum");
  const ValueId shifted = g.op("Add", {conv(g, sum, "s"), g.constant("k", {1}, {2})}, "shifted");
  const ValueId gate = g.op("Sigmoid", {conv(g, shifted, "t")}, "gate");
  g.output(g.op("GlobalAveragePool", {gate}, "all"));
  const ValueId ones = g.constant("ones", {2}, {1, 1});
  g.output(g.op("InstanceNormalization", {conv(g, gate, "u"), ones, ones}, "normal"));
  return g;
}

TEST(Precision, LevelZeroQuantizesEveryEligibleOperator) {
  SmallGraph g = all_kinds();
  const Planned p(g);
  for (const char* name : {"sum", "shifted", "gate", "all", "normal"}) {
    EXPECT_TRUE(p.is_quantized(name)) << name;
  }
}

TEST(Precision, LevelOneKeepsNormalizationsFloat) {
  SmallGraph g = all_kinds();
  const Planned p(g, {}, "spacemit", level(PrecisionLevel::kFloatNorms));
  for (const char* name : {"sum", "shifted", "gate", "all"}) {
    EXPECT_TRUE(p.is_quantized(name)) << name;
  }
  EXPECT_EQ(p.reason("normal"), "precision_level 1 keeps normalizations float");
}

TEST(Precision, LevelTwoKeepsSumsOfActivationsAndSigmoidFloatToo) {
  SmallGraph g = all_kinds();
  const Planned p(g, {}, "spacemit", level(PrecisionLevel::kFloatSums));
  EXPECT_EQ(p.reason("sum"),
            "precision_level 2 keeps sums, differences and products of two activations float");
  EXPECT_EQ(p.reason("gate"), "precision_level 2 keeps Sigmoid float");
  EXPECT_EQ(p.reason("normal"), "precision_level 2 keeps normalizations float");
  EXPECT_TRUE(p.is_quantized("shifted"));
  EXPECT_TRUE(p.has_scale("a"));
}

/// In float behind the Conv its result would be rounded before the activation, which no lower level
/// does.
TEST(Precision, LevelTwoKeepsActivationsInTheUnitsOfTheTarget) {
  for (const char* gate : {"Sigmoid", "HardSigmoid"}) {
    SmallGraph g;
    const ValueId c = conv(g, picture(g), "c");
    const ValueId s = g.op(gate, {c}, "s", {{"alpha", 1.0F / 6.0F}});
    g.output(conv(g, g.op("Mul", {c, s}, "y"), "d"));
    const Planned fused(g, {}, "spacemit", level(PrecisionLevel::kFloatSums));
    EXPECT_TRUE(fused.is_quantized("y")) << gate;
    EXPECT_TRUE(fused.is_inner("c")) << gate;
    EXPECT_FALSE(fused.has_scale("c")) << gate;
    const Planned separate(g, {}, "ort", level(PrecisionLevel::kFloatSums));
    EXPECT_FALSE(separate.is_quantized("y")) << gate;
  }
}

TEST(Precision, LevelTwoKeepsAGateThatIsReadElsewhereFloat) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId s = g.op("Sigmoid", {c}, "s");
  g.output(g.op("Mul", {c, s}, "y"));
  g.output(conv(g, s, "d"));
  const Planned p(g, {}, "spacemit", level(PrecisionLevel::kFloatSums));
  EXPECT_FALSE(p.is_quantized("y"));
  EXPECT_FALSE(p.is_quantized("s"));
}

TEST(Precision, LevelOneKeepsTheBiasOfAMatMulFloatOnEveryTarget) {
  for (const char* target : {"spacemit", "ort"}) {
    SmallGraph g;
    const ValueId m =
        g.op("MatMul", {g.input("x", {2, 2}), g.constant("w", {2, 2}, {1, 2, 3, 4})}, "m");
    g.output(g.op("Add", {m, g.constant("b", {2}, {1, 2})}, "y"));
    const Planned p(g, {}, target, level(PrecisionLevel::kFloatNorms));
    EXPECT_EQ(p.constant("b"), nullptr) << target;
  }
}

TEST(Precision, OfARegionCountsThere) {
  SmallGraph g = all_kinds();
  Settings settings = level(PrecisionLevel::kFloatSums);
  const auto node = [&](const char* name) { return g.graph.value(g[name]).producer; };
  settings.regional[node("sum")] = {.precision = PrecisionLevel::kInt8};
  settings.regional[node("s")] = {.precision = PrecisionLevel::kDynamic};
  const Planned p(g, {}, "spacemit", settings);
  EXPECT_TRUE(p.is_quantized("sum"));
  EXPECT_EQ(p.reason("s"), "precision_level 3 of a custom_setting");
  EXPECT_FALSE(p.is_quantized("gate"));
}

TEST(CalibrationRule, IsThatOfTheWriterOrOfAReaderInARegion) {
  SmallGraph g;
  const ValueId x = picture(g);
  g.output(conv(g, conv(g, x, "a"), "b"));
  g.output(conv(g, x, "c"));
  const plan::CalibrationRule kl{.type = config::CalibrationType::kKl, .percentile = 0.999};
  Settings settings;
  for (const char* name : {"b", "c"}) {
    settings.regional[g.graph.value(g[name]).producer].calibration = kl;
  }
  const Planned p(g, {}, "spacemit", settings);
  EXPECT_EQ(p.plan.find_group(g["x"])->rule, kl);
  EXPECT_EQ(p.plan.find_group(g["a"])->rule, plan::CalibrationRule{});
  EXPECT_EQ(p.plan.find_group(g["b"])->rule, kl);
}

}  // namespace
}  // namespace xquant::quantize
