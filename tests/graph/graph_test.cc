#include "graph/graph.h"

#include <gtest/gtest.h>

#include <memory>

#include "graph/small_graph.h"

namespace xquant {
namespace {

TEST(Graph, RefusesEqualNames) {
  SmallGraph g;
  const ValueId a = g.input("a", {1});
  g.input("b", {1});
  EXPECT_THROW(g.graph.add_value("a"), Error);
  EXPECT_THROW(g.graph.rename(a, "b"), Error);
  g.graph.rename(a, "c");
  EXPECT_EQ(g["a"], ValueId::kNone);
  EXPECT_EQ(g["c"], a);
  EXPECT_EQ(g.graph.fresh_value_name("c"), "c_1");
  for (int i = 1; i < 40; ++i) {
    EXPECT_EQ(g.graph.fresh_value_name("c"), "c_" + std::to_string(i));
    g.graph.add_value("c_" + std::to_string(i));
  }
}

TEST(Graph, RefusesTwoWritersOfOneValue) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const ValueId y = g.op("Relu", {x}, "y");
  EXPECT_THROW(g.graph.add_node({.name = "n", .op_type = "Relu", .inputs = {x}, .outputs = {y}}),
               Error);
}

TEST(Graph, CountsBothUsesOfOneValueByOneNode) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const ValueId y = g.op("Mul", {x, x}, "y");
  EXPECT_EQ(g.graph.uses(x).size(), 2U);
  const ValueId z = g.input("z", {1});
  g.graph.replace_uses(x, z);
  EXPECT_TRUE(g.graph.uses(x).empty());
  EXPECT_EQ(g.writer("y").inputs, (std::vector<ValueId>{z, z}));
  g.graph.remove_node(g.graph.value(y).producer);
  EXPECT_TRUE(g.graph.uses(z).empty());
  EXPECT_EQ(g.graph.value(y).producer, NodeId::kNone);
}

TEST(Graph, OrdersProducersBeforeReadersAndKeepsTheOrderOfAddition) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const ValueId late = g.graph.add_value("late");
  g.op("First", {late}, "a");
  g.op("Second", {x}, "b");
  g.graph.add_node({.name = "n", .op_type = "Third", .inputs = {x}, .outputs = {late}});
  EXPECT_EQ(types_of(g.graph), "Second Third First ");
}

TEST(Graph, NamesANodeOfACycle) {
  SmallGraph g;
  const ValueId back = g.graph.add_value("back");
  const ValueId a = g.op("Relu", {back}, "a");
  g.graph.add_node({.name = "closing", .op_type = "Relu", .inputs = {a}, .outputs = {back}});
  try {
    g.graph.topological_order();
    FAIL() << "a cycle was ordered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-GRA-004");
    EXPECT_EQ(error.place().node, "a_node");
  }
}

/// If whose branches read outer values by name.
SmallGraph with_subgraph() {
  SmallGraph inner;
  const ValueId outer = inner.graph.add_value("w");
  inner.output(inner.op("Relu", {outer}, "branch"));
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  g.constant("w", {1}, {2});
  g.constant("unread", {1}, {3});
  Attributes attributes;
  attributes["then_branch"] = std::make_shared<const Graph>(inner.graph);
  attributes["else_branch"] = std::make_shared<const Graph>(inner.graph);
  g.output(g.op("If", {x}, "y", attributes));
  return g;
}

TEST(Graph, CountsWhatSubgraphsReadAsUses) {
  SmallGraph g = with_subgraph();
  ASSERT_FALSE(g.graph.uses(g["w"]).empty());
  EXPECT_EQ(g.graph.uses(g["w"])[0].position, Graph::kSubgraphUse);
  const Graph compact = g.graph.compact();
  EXPECT_NE(compact.find_value("w"), ValueId::kNone);
  EXPECT_EQ(compact.find_value("unread"), ValueId::kNone);
  g.graph.remove_node(g.graph.value(g["y"]).producer);
  EXPECT_TRUE(g.graph.uses(g["w"]).empty());
}

TEST(Graph, ReplacesNoUseBySubgraphsWhichGoByName) {
  SmallGraph g = with_subgraph();
  g.graph.replace_uses(g["w"], g["x"]);
  EXPECT_FALSE(g.graph.uses(g["w"]).empty());
}

TEST(Graph, RemovesWhatNoOutputNeeds) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  g.output(g.op("Relu", {x}, "y"));
  g.op("Abs", {g.op("Neg", {x}, "dead")}, "deader");
  EXPECT_EQ(g.graph.remove_dead(), 2U);
  EXPECT_EQ(types_of(g.graph), "Relu ");
}

TEST(Graph, KeepsUnreadResultsOfLiveNodesWhenCompacted) {
  SmallGraph g;
  const auto parts = g.node("Split", {g.input("x", {2})}, {"a", "b"});
  g.output(parts[1]);
  const Graph compact = g.graph.compact();
  EXPECT_NE(compact.find_value("a"), ValueId::kNone);
  EXPECT_EQ(compact.node(compact.nodes()[0]).outputs.size(), 2U);
}

TEST(Graph, KeepsTheOrderOfInputsAndOutputsWhenCompacted) {
  SmallGraph g;
  const ValueId unused = g.input("unused", {1});
  const ValueId x = g.input("x", {1});
  const ValueId y = g.op("Relu", {x}, "y");
  g.output(y);
  g.output(x);
  const Graph compact = g.graph.compact();
  ASSERT_EQ(compact.inputs.size(), 2U);
  EXPECT_EQ(compact.value(compact.inputs[0]).name, g.graph.value(unused).name);
  EXPECT_EQ(compact.value(compact.outputs[0]).name, "y");
  EXPECT_EQ(compact.value(compact.outputs[1]).name, "x");
}

TEST(Node, SaysWhichAttributeHasTheWrongKind) {
  const Node node{.name = "n", .op_type = "Conv", .attributes = {{"group", 1.5F}}};
  EXPECT_THROW(node.int_or("group", 1), Error);
  EXPECT_EQ(node.int_or("missing", 4), 4);
  EXPECT_EQ(node.input(9), ValueId::kNone);
}

}  // namespace
}  // namespace xquant
