#include "quantize/policy/region.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"

namespace xquant::quantize {
namespace {

std::string names(const Graph& graph, const std::vector<NodeId>& nodes) {
  std::string text;
  for (const NodeId id : nodes) text += graph.value(graph.node(id).outputs[0]).name + " ";
  return text;
}

std::string between(const SmallGraph& g, std::vector<ValueId> first, std::vector<ValueId> last) {
  return names(g.graph, nodes_between(g.graph, first, last));
}

/// x -> a -> {b, c} -> d -> e, and c -> side.
SmallGraph diamond() {
  SmallGraph g;
  const ValueId a = g.op("Relu", {g.input("x", {1})}, "a");
  const ValueId b = g.op("Relu", {a}, "b");
  const ValueId c = g.op("Relu", {a}, "c");
  g.output(g.op("Relu", {g.op("Add", {b, c}, "d")}, "e"));
  g.output(g.op("Relu", {c}, "side"));
  return g;
}

TEST(Region, IsWhatLiesOnAPathBetweenItsBoundaries) {
  const SmallGraph g = diamond();
  EXPECT_EQ(between(g, {g["a"]}, {g["d"]}), "b c d ");
  EXPECT_EQ(between(g, {g["x"]}, {g["c"]}), "a c ");
  EXPECT_EQ(between(g, {g["b"]}, {g["e"], g["side"]}), "d e ");
}

TEST(Region, BetweenTensorsThatDoNotDependOnEachOtherIsEmpty) {
  const SmallGraph g = diamond();
  EXPECT_EQ(between(g, {g["e"]}, {g["a"]}), "");
  EXPECT_EQ(between(g, {g["side"]}, {g["e"]}), "");
}

TEST(Region, OfAThousandResidualBlocksIsFoundAtOnce) {
  // 2^1000 paths: visiting each would not end.
  SmallGraph g;
  ValueId x = g.input("x", {1});
  for (int i = 0; i < 1000; ++i) {
    const ValueId r = g.op("Relu", {x}, "r" + std::to_string(i));
    x = g.op("Add", {x, r}, "s" + std::to_string(i));
  }
  g.output(x);
  const std::vector<ValueId> first{g["x"]};
  const std::vector<ValueId> last{x};
  EXPECT_EQ(nodes_between(g.graph, first, last).size(), 2000U);
}

}  // namespace
}  // namespace xquant::quantize
