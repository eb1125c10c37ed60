#include "emit/absorbed_activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "emit/emitted.h"

namespace xquant::emit {
namespace {

plan::QuantParams params(double low, double high) {
  return quantize::asymmetric_params({low, high});
}

bool relu_is_implied(const plan::QuantParams& p) {
  return is_implied_by_range(Graph(), {.name = "", .op_type = "Relu"}, p);
}

bool clip_is_implied(const plan::QuantParams& p, std::optional<float> low,
                     std::optional<float> high) {
  SmallGraph g;
  const auto bound = [&](const char* name, std::optional<float> value) {
    return value ? g.graph.add_constant(name, Tensor::scalar(*value)) : ValueId::kNone;
  };
  const ValueId x = g.input("x", {1});
  g.op("Clip", {x, bound("low", low), bound("high", high)}, "y");
  return is_implied_by_range(g.graph, g.writer("y"), p);
}

TEST(AbsorbedRelu, IsImpliedExactlyWhenZeroIsTheLowestInteger) {
  EXPECT_TRUE(relu_is_implied(params(0, 6)));
  EXPECT_FALSE(relu_is_implied(params(-0.1, 6)));
}

TEST(AbsorbedClip, IsImpliedExactlyWhenBothBoundsReachTheEnds) {
  EXPECT_TRUE(clip_is_implied(params(0, 6), 0.0F, 6.0F));
  EXPECT_TRUE(clip_is_implied(params(0, 5.5), 0.0F, 6.0F));
  EXPECT_FALSE(clip_is_implied(params(0, 7), 0.0F, 6.0F));
  EXPECT_FALSE(clip_is_implied(params(-1, 6), 0.0F, 6.0F));
  EXPECT_TRUE(clip_is_implied(params(-1, 6), std::nullopt, 6.0F));
  EXPECT_TRUE(clip_is_implied(params(-1, 6), std::nullopt, std::nullopt));
  EXPECT_FALSE(clip_is_implied(params(0, 6), 6.0F, 0.0F));
}

TEST(AbsorbedClip, IsNotDroppedWhenABoundIsKnownAtRunTimeOnly) {
  SmallGraph g;
  g.op("Clip", {g.input("x", {1}), g.input("low", {})}, "y");
  EXPECT_FALSE(is_implied_by_range(g.graph, g.writer("y"), params(0, 6)));
}

TEST(AbsorbedClip, ReadsTheBoundsOfOldVersions) {
  const auto implied = [](float low, float high) {
    const Node clip{.name = "", .op_type = "Clip", .attributes = {{"min", low}, {"max", high}}};
    return is_implied_by_range(Graph(), clip, params(0, 6));
  };
  EXPECT_TRUE(implied(0, 6));
  EXPECT_FALSE(implied(0, 5));
}

/// The criterion is exact: quantizing before or after the activation gives the same integers.
TEST(AbsorbedActivation, ChangesNoInteger) {
  for (const double low : {-3.0, -0.01, 0.0}) {
    for (const double high : {0.0, 0.5, 6.0, 6.05, 9.0}) {
      const plan::QuantParams p = params(low, high);
      std::vector<float> before;
      for (float x = -12; x < 12; x += 0.01F) before.push_back(x);
      std::vector<float> after;
      for (const float x : before) after.push_back(std::min(std::max(x, 0.0F), 6.0F));
      const auto count = static_cast<std::int64_t>(before.size());
      const bool same = quantize::quantize_tensor(Tensor::of<float>({count}, before), p) ==
                        quantize::quantize_tensor(Tensor::of<float>({count}, after), p);
      EXPECT_EQ(clip_is_implied(p, 0.0F, 6.0F), same) << low << " " << high;
    }
  }
}

SmallGraph conv_relu() {
  SmallGraph g;
  g.output(g.op("Relu", {quantize::conv(g, quantize::picture(g), "c")}, "y"));
  return g;
}

TEST(AbsorbedRelu, IsDroppedAndItsResultKeepsItsName) {
  SmallGraph g = conv_relu();
  const Written w(g, "spacemit", 0, 1);
  EXPECT_EQ(w.count("Relu"), 0U);
  EXPECT_TRUE(w.is_pair_of("y", "c"));
  EXPECT_EQ(w.graph().value(w.graph().outputs[0]).name, "y");
}

TEST(AbsorbedRelu, StaysWhereTheRangeGoesBelowZero) {
  SmallGraph g = conv_relu();
  const Written w(g, "spacemit", -1, 1);
  EXPECT_EQ(w.count("Relu"), 1U);
  EXPECT_TRUE(w.is_pair_of("y", "y_float"));
  EXPECT_EQ(w.operand("y_float", 0), "c");
}

}  // namespace
}  // namespace xquant::emit
