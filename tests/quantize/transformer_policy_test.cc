#include <gtest/gtest.h>

#include <limits>

#include "quantize/calibrate/calibrate.h"
#include "quantize/planned.h"
#include "quantize/policy/known_range.h"
#include "quantize/policy/sensitive.h"

namespace xquant::quantize {
namespace {

Settings level(config::PrecisionLevel precision) { return {.overall = {.precision = precision}}; }

ValueId weight(SmallGraph& g, const std::string& name) {
  return g.constant(name, {2, 2}, {1, 2, 3, 4});
}

ValueId number(SmallGraph& g, const std::string& name, float value) {
  return g.graph.add_constant(name, Tensor::scalar<float>(value));
}

/// softmax(x w^T x^T / 4 + mask) x w, the mask computed from an input as BERT does.
struct Attention {
  SmallGraph g;

  explicit Attention(float mask_size) {
    const ValueId x = g.input("x", {1, 3, 2});
    const ValueId keep = g.input("keep", {1, 1, 3});
    const ValueId q = g.op("MatMul", {x, weight(g, "w")}, "q");
    const ValueId key =
        g.op("Transpose", {x}, "key", {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
    const ValueId scores = g.op("MatMul", {q, key}, "scores");
    const ValueId scaled = g.op("Div", {scores, number(g, "four", 4)}, "scaled");
    const ValueId left = g.op("Sub", {number(g, "one", 1), keep}, "left");
    const ValueId mask = g.op("Mul", {left, number(g, "size", mask_size)}, "mask");
    const ValueId masked = g.op("Add", {scaled, mask}, "masked");
    const ValueId shares = g.op("Softmax", {masked}, "shares", {{"axis", std::int64_t{-1}}});
    g.output(g.op("MatMul", {shares, x}, "y"));
  }
};

TEST(Attention, NeverGivesAMaskAScale) {
  for (const float size : {-1e4F, -1e9F, std::numeric_limits<float>::lowest(),
                           -std::numeric_limits<float>::infinity()}) {
    for (const std::string target : {"spacemit", "ort"}) {
      Attention a(size);
      const Planned p(a.g, {}, target);
      for (const char* value : {"mask", "masked", "scaled", "left"}) {
        EXPECT_FALSE(p.has_scale(value)) << value << " " << size;
      }
      EXPECT_EQ(p.reason("masked"), "it only prepares a Softmax, which is float");
      for (const char* value : {"q", "scores", "y"}) EXPECT_TRUE(p.is_quantized(value)) << value;
    }
  }
}

TEST(Attention, ReadsTheSharesOfSoftmaxAtTheirKnownRange) {
  Attention a(-1e9F);
  const Planned p(a.g);
  EXPECT_TRUE(p.has_scale("shares"));
  EXPECT_EQ(known_range(a.g.graph, a.g["shares"]), (plan::Range{0.0, 1.0}));
  EXPECT_EQ(known_range(a.g.graph, a.g["scores"]), std::nullopt);
  ActivationStats stats;
  for (const plan::Group& group : p.plan.groups) {
    stats.try_emplace(group.root, TensorStats::Detail::kHistogram);
    const std::vector<float> seen{0.0F, 0.25F};
    stats.at(group.root).observe(seen, 0);
  }
  plan::QuantPlan plan = p.plan;
  choose_activation_params(a.g.graph, stats, plan);
  const plan::Group& shares = *plan.find_group(a.g["shares"]);
  EXPECT_EQ(shares.params.scales[0], 1.0F / 255.0F);
  EXPECT_EQ(shares.params.zero_points[0], -128);
}

TEST(Attention, HandsOnFloatScoresWhereTheTargetCan) {
  Attention a(-1e9F);
  EXPECT_TRUE(Planned(a.g, {}, "spacemit").has_scale("scores"));
  EXPECT_FALSE(Planned(a.g, {}, "ort").has_scale("scores"));
  EXPECT_FALSE(
      Planned(a.g, {}, "spacemit", level(config::PrecisionLevel::kFloatNorms)).has_scale("scores"));
}

TEST(Masks, KeepArithmeticFloatBehindOtherReadersThanSoftmax) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 3, 2});
  const ValueId keep = g.input("keep", {1, 3, 1});
  const ValueId product = g.op("MatMul", {x, weight(g, "w")}, "product");
  const ValueId mask = g.op("Mul", {keep, number(g, "size", -1e9F)}, "mask");
  const ValueId masked = g.op("Add", {product, mask}, "masked");
  g.output(g.op("ReduceMax", {masked}, "y"));
  const Planned p(g);
  EXPECT_FALSE(p.has_scale("masked"));
  EXPECT_EQ(p.reason("masked"), "an operand is a mask, whose size must not become a scale");
}

TEST(MatMulBias, BeforeSoftmaxIsPartOfTheMatMul) {
  SmallGraph g;
  const ValueId x = g.input("x", {3, 2});
  const ValueId product = g.op("MatMul", {x, weight(g, "w")}, "product");
  const ValueId sum = g.op("Add", {product, g.constant("b", {1, 2}, {1, 2})}, "sum");
  g.output(g.op("Softmax", {sum}, "y"));
  const Planned p(g);
  EXPECT_TRUE(p.is_quantized("sum"));
  EXPECT_TRUE(p.is_inner("product"));
  EXPECT_EQ(p.constant("b"), nullptr);
}

TEST(Deviation, OfAnUnknownNormalizationStaysFloat) {
  SmallGraph g;
  const ValueId x = g.input("x", {3, 2});
  const ValueId c = g.op("MatMul", {x, weight(g, "w")}, "c");
  const Attributes last{{"axes", std::vector<std::int64_t>{-1}}};
  const ValueId squares = g.op("Mul", {c, c}, "squares");
  // The mean of a mean: nothing that simplification knows.
  const ValueId mean =
      g.op("ReduceMean", {g.op("ReduceMean", {squares}, "means", last)}, "mean", last);
  const ValueId root = g.op("Sqrt", {g.op("Add", {mean, number(g, "e", 1e-5F)}, "sum")}, "root");
  const ValueId normal = g.op("Mul", {c, g.op("Reciprocal", {root}, "inverse")}, "normal");
  g.output(g.op("MatMul", {normal, weight(g, "v")}, "y"));
  const Planned p(g);
  for (const char* value : {"squares", "sum", "normal"})
    EXPECT_FALSE(p.is_quantized(value)) << value;
  EXPECT_TRUE(p.is_quantized("y"));
}

TEST(SquareRoot, OfAConstantScaleIsNoDeviation) {
  SmallGraph g;
  const ValueId c = g.op("MatMul", {g.input("x", {3, 2}), weight(g, "w")}, "c");
  const ValueId scale = g.op("Sqrt", {g.input("s", {1})}, "scale");
  const ValueId scaled = g.op("Mul", {c, scale}, "scaled");
  g.output(g.op("MatMul", {scaled, weight(g, "v")}, "y"));
  EXPECT_TRUE(Planned(g).is_quantized("scaled"));
}

TEST(FloatResults, AreMovedAsFloats) {
  SmallGraph g;
  const ValueId product = g.op("MatMul", {g.input("x", {3, 2}), weight(g, "w")}, "product");
  const ValueId moved = g.op("Transpose", {product}, "moved");
  g.output(g.op("Exp", {moved}, "y"));
  const Planned floats(g, {}, "ort");
  EXPECT_FALSE(floats.has_scale("product"));
  EXPECT_FALSE(floats.is_quantized("moved"));
  const Planned integers(g, {}, "spacemit");
  EXPECT_TRUE(integers.has_scale("product"));
  EXPECT_TRUE(integers.is_quantized("moved"));
}

TEST(FloatResults, AreQuantizedForAnInt8Reader) {
  SmallGraph g;
  const ValueId product = g.op("MatMul", {g.input("x", {3, 2}), weight(g, "w")}, "product");
  const ValueId moved = g.op("Transpose", {product}, "moved");
  g.output(g.op("MatMul", {weight(g, "v"), moved}, "y"));
  const Planned p(g, {}, "ort");
  EXPECT_TRUE(p.share("product", "moved"));
  EXPECT_FALSE(p.has_scale("y"));
}

}  // namespace
}  // namespace xquant::quantize
