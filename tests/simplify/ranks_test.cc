#include "simplify/ranks.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"

namespace xquant::simplify {
namespace {

TEST(Ranks, OfExpandAreTheLargerOfOperandAndTarget) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3});
  const ValueId more = g.op("Expand", {x, g.integers("three", {4, 2, 3})}, "more");
  const ValueId same = g.op("Expand", {x, g.integers("one", {3})}, "same");
  const auto ranks = infer_ranks(g.graph);
  EXPECT_EQ(ranks.at(more), 3U);
  EXPECT_EQ(ranks.at(same), 2U);
}

TEST(Ranks, OfExpandAreUnknownWhereOneOfBothIs) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3});
  const ValueId target = g.op("Mystery", {x}, "target");
  const ValueId some = g.op("Mystery", {x}, "some");
  const ValueId to_some = g.op("Expand", {x, target}, "to_some");
  const ValueId of_some = g.op("Expand", {some, g.integers("one", {3})}, "of_some");
  const auto ranks = infer_ranks(g.graph);
  EXPECT_FALSE(ranks.contains(to_some));
  EXPECT_FALSE(ranks.contains(of_some));
}

}  // namespace
}  // namespace xquant::simplify
