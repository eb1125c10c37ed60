#include <gtest/gtest.h>

#include "quantize/planned.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

SmallGraph three_convs() {
  SmallGraph g;
  g.output(conv(g, conv(g, conv(g, picture(g), "head_1"), "head_2"), "tail"));
  return g;
}

TEST(Exclusions, ByTypeKeepFloat) {
  SmallGraph g;
  g.output(g.op("Relu", {conv(g, picture(g), "c")}, "y"));
  const Planned p(g, {.op_types = {"Relu"}});
  EXPECT_EQ(p.reason("y"), "its type is listed in ignore_op_types");
  EXPECT_FALSE(p.is_inner("c"));
  EXPECT_TRUE(p.has_scale("c"));
}

TEST(Exclusions, ByNameMayBeGlobs) {
  SmallGraph g = three_convs();
  const Planned p(g, {.op_names = {"head_*"}});
  EXPECT_EQ(p.reason("head_1"), "its name matches 'head_*' in ignore_op_names");
  EXPECT_FALSE(p.is_quantized("head_2"));
  EXPECT_TRUE(p.is_quantized("tail"));
}

TEST(Exclusions, ThatMatchNothingAreNamed) {
  SmallGraph g = three_convs();
  const Exclusions exclusions{.op_types = {"Conv", "Gemm"}, .op_names = {"t?il*", "nose"}};
  EXPECT_EQ(unmatched(g.graph, exclusions), (std::vector<std::string>{"Gemm", "nose"}));
}

TEST(Glob, StarIsAnyRunAndQuestionMarkAnyOne) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("a*c", "ac"));
  EXPECT_TRUE(matches_glob("a*c", "abcbc"));
  EXPECT_TRUE(matches_glob("*/conv?", "/block/conv1"));
  EXPECT_TRUE(matches_glob("a*b*c", "axxbyyc"));
  EXPECT_FALSE(matches_glob("a?", "a"));
  EXPECT_FALSE(matches_glob("conv", "conv1"));
  EXPECT_FALSE(matches_glob("*conv", "conv1"));
  EXPECT_FALSE(matches_glob("", "a"));
}

TEST(Glob, TakesBracketsAndDotsLiterally) {
  EXPECT_TRUE(matches_glob("a[0].b", "a[0].b"));
  EXPECT_FALSE(matches_glob("a[0].b", "a0xb"));
}

}  // namespace
}  // namespace xquant::quantize
