#include "report/advice.h"

#include <gtest/gtest.h>

#include "report/compared.h"

namespace xquant::report {
namespace {

std::vector<Advice> advice_for(SmallGraph& g, const config::QuantizationParameters& wishes = {},
                               const std::vector<std::vector<float>>& samples = kSamples) {
  Compared compared;
  const Analysis analysis = compared.run(g, 1, samples);
  return advise(compared.subject(g), analysis, wishes);
}

TEST(Advice, BlamesWeightsOfUnequalChannelsThatShareAScale) {
  // The large weight meets zeros only; the small one, which does the work, is rounded away.
  SmallGraph g;
  const ValueId w = g.constant("w", {2, 2}, {1000, 0.5F, 0, 0.3F});
  g.output(g.op("MatMul", {g.input("x", {2, 2}), w}, "y"));
  const auto advice = advice_for(g, {}, {{0, 0.9F, 0, -0.4F}, {0, 0.3F, 0, 0.5F}});
  ASSERT_EQ(advice.size(), 1U);
  EXPECT_EQ(advice[0].op, "y_node[MatMul]");
  EXPECT_NE(advice[0].cause.find("weights 'w'"), std::string::npos) << advice[0].cause;
  EXPECT_EQ(advice[0].json, R"({"quantization_parameters":{"weight_scheme":"per_channel"}})");
}

TEST(Advice, FindsThePartOfAConcatThatDrowns) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 2});
  const ValueId boxes = g.op("MatMul", {x, g.constant("v", {2, 2}, {320, 3, -177, 150})}, "boxes");
  g.output(g.op("Concat", {boxes, product(g, x, "scores")}, "y", {{"axis", std::int64_t{1}}}));
  config::QuantizationParameters wishes;
  wishes.ignore_op_names = {"other"};
  const auto advice = advice_for(g, wishes);
  ASSERT_FALSE(advice.empty());
  EXPECT_EQ(advice[0].op, "y_node[Concat]");
  EXPECT_NE(advice[0].cause.find("'scores'"), std::string::npos) << advice[0].cause;
  EXPECT_EQ(advice[0].json,
            R"({"quantization_parameters":{"ignore_op_names":["other","y_node"]}})");
}

TEST(Advice, NamesAtMostTenOperators) {
  SmallGraph g;
  ValueId x = g.input("x", {2, 2});
  for (int i = 0; i < 14; ++i) x = product(g, x, "t" + std::to_string(i));
  g.output(x);
  const auto advice = advice_for(g);
  EXPECT_LE(advice.size(), kMostAdvice);
  for (std::size_t i = 1; i < advice.size(); ++i) {
    EXPECT_GE(advice[i - 1].isolated_snr, advice[i].isolated_snr);
  }
}

TEST(Advice, IsSilentAboutHarmlessOperators) {
  SmallGraph g;
  const Analysis none;
  Compared compared;
  g.output(product(g, g.input("x", {2, 2}), "y"));
  compared.run(g, 1, kSamples);
  EXPECT_TRUE(advise(compared.subject(g), none, {}).empty());
}

}  // namespace
}  // namespace xquant::report
