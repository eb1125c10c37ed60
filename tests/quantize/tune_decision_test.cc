#include <gtest/gtest.h>

#include "base/diagnostics.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/tune/left_out.h"

namespace xquant::quantize {
namespace {

TEST(ClearGain, IsMoreThanTheStandardErrorOfTheMeanDifference) {
  // Differences 3, 1, 2: mean 2, standard error sqrt(1 / 3).
  EXPECT_TRUE(is_clear_gain({5, 4, 6}, {2, 3, 4}));
  // Differences 5, -3, 1: mean 1, standard error sqrt(16 / 3).
  EXPECT_FALSE(is_clear_gain({6, 4, 6}, {1, 7, 5}));
}

TEST(ClearGain, IsNoneWhereTheMeanGrows) { EXPECT_FALSE(is_clear_gain({1, 1}, {2, 2})); }

TEST(ClearGain, OfOneSampleIsAnyGain) {
  EXPECT_TRUE(is_clear_gain({2}, {1}));
  EXPECT_FALSE(is_clear_gain({1}, {1}));
}

TEST(TakesOver, WhatIsBetterThanTheBestAndClearlyBetterThanTheStart) {
  const std::vector<double> start = {5, 4, 6}, best = {4, 3, 5};
  EXPECT_TRUE(takes_over(start, best, {2, 3, 4}));
  EXPECT_FALSE(takes_over(start, best, {4.5, 3.5, 5.5}));       // clear, but the best is better
  EXPECT_FALSE(takes_over({6, 4, 6}, {6, 4, 5.5}, {1, 7, 5}));  // better than both by chance
}

TEST(TakesOver, AsOneOfManyOnlyWhatChanceHardlyBrings) {
  // Differences 3, 0, 2: mean 5 / 3, standard error sqrt(7 / 9), 1.89 of them.
  EXPECT_TRUE(takes_over({5, 4, 6}, {5, 4, 6}, {2, 4, 4}, kErrorsOfMany));
  // Differences 3, -1, 3: mean 5 / 3, standard error 4 / 3, 1.25 of them.
  EXPECT_FALSE(takes_over({5, 4, 6}, {5, 4, 6}, {2, 5, 3}, kErrorsOfMany));
  EXPECT_TRUE(takes_over({5, 4, 6}, {5, 4, 6}, {2, 5, 3}));
}

TEST(LeftOut, NamesThePartsOfAStage) {
  Diagnostics diagnostics;
  LeftOut{.parts = {"learned rounding", "75 % of the scales"}, .not_learned = {}}.report(
      3, diagnostics);
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-TUN-005");
  EXPECT_NE(diagnostics.items()[0].message.find("learned rounding, 75 % of the scales"),
            std::string::npos);
}

TEST(LeftOut, NamesTheFirstLayersAndCountsTheRest) {
  Diagnostics diagnostics;
  LeftOut{.parts = {}, .not_learned = {"a", "b", "c", "d", "e", "f", "g"}}.report(3, diagnostics);
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-TUN-006");
  EXPECT_NE(diagnostics.items()[0].message.find("a, b, c, d, e and 2 more"), std::string::npos);
}

TEST(LeftOut, SaysNothingWhereNothingIs) {
  Diagnostics diagnostics;
  LeftOut{}.report(3, diagnostics);
  EXPECT_TRUE(diagnostics.items().empty());
}

}  // namespace
}  // namespace xquant::quantize
