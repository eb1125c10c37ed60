#include "quantize/reconstruct/stream.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"

namespace xquant::quantize {
namespace {

/// A Conv inside a unit waits for the operator behind it; meanwhile the plan gets entries for nodes
/// between, which may move those that are there.
TEST(QuantizedStream, KeepsTheOperandsOfANodeThatWaits) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 1, 2});
  const ValueId c = g.op("Conv", {x, g.constant("w", {1, 1, 1, 1}, {2})}, "c");
  const ValueId y = g.op("HardSwish", {c}, "y");
  const ValueId z = g.op("Identity", {y}, "z");
  g.output(z);
  const runtime::OpsetImports opsets{{"", 14}};
  plan::QuantPlan plan;
  plan.nodes.resize(3);
  plan.inner[c] = y;
  const NodeId conv = g.graph.value(c).producer;
  plan.overrides.push_back({{conv, 2}, Tensor::of<float>({1}, std::vector<float>{10})});

  QuantizedStream stream(g.graph, opsets, plan, on_this_thread());
  stream.start({{Tensor::of<float>({1, 1, 1, 2}, std::vector<float>{1, 2})}});
  stream.advance(conv);
  for (std::size_t i = 0; i < 100; ++i)
    plan.overrides.push_back(
        {{g.graph.value(z).producer, 1 + i}, Tensor::of<float>({1}, std::vector<float>{0})});
  stream.advance(g.graph.value(y).producer);
  const auto result = stream.operand(g.graph.value(z).producer, 0, 0);
  ASSERT_EQ(result.reals(), nullptr);
  EXPECT_EQ(result.tensor().data<float>()[0], 12);
  EXPECT_EQ(result.tensor().data<float>()[1], 14);
}

/// Conv and its Relu in integers: 8-bit operands, the bias in units of the accumulator, one
/// rounding.
TEST(QuantizedStream, RunsUnitsInIntegers) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 1, 3});
  const ValueId w = g.constant("w", {1, 1, 1, 1}, {0.5F});
  const ValueId b = g.constant("b", {1}, {0.3F});
  const ValueId c = g.op("Conv", {x, w, b}, "c");
  const ValueId y = g.op("Relu", {c}, "y");
  const ValueId z = g.op("Neg", {y}, "z");
  g.output(z);
  const NodeId conv = g.graph.value(c).producer, relu = g.graph.value(y).producer;
  plan::QuantPlan plan;
  plan.nodes.resize(3);
  plan.nodes[index(conv)].quantized = plan.nodes[index(relu)].quantized = true;
  plan.inner[c] = y;
  plan.groups.push_back({.root = x, .members = {x}, .params = {{0.25F}, {0}}});
  plan.groups.push_back({.root = y, .members = {y}, .params = {{0.5F}, {-128}}});
  plan.group_of = {{x, plan::GroupId{0}}, {y, plan::GroupId{1}}};
  plan.constants.push_back({.use = {conv, 1}, .value = w, .params = {{0.25F}, {0}}});
  const runtime::OpsetImports opsets{{"", 14}};
  QuantizedStream stream(g.graph, opsets, plan, on_this_thread());
  stream.start({{Tensor::of<float>({1, 1, 1, 3}, std::vector<float>{1.1F, -3, 6})}});
  stream.advance(conv);
  stream.advance(relu);
  const auto codes = stream.operand(g.graph.value(z).producer, 0, 0);
  ASSERT_NE(codes.reals(), nullptr);
  // x is 4, -12, 24 quarters, w is 2 quarters, 0.3 is 5 sixteenths: (8 + 5) / 16 = 0.8125 is two
  // halves, (-24 + 5) / 16 is negative, (48 + 5) / 16 = 3.3125 seven halves.
  const auto q = codes.tensor().data<std::int8_t>();
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{-126, -128, -121}));
}

}  // namespace
}  // namespace xquant::quantize
