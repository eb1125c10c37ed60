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
  g.output(y);
  const runtime::OpsetImports opsets{{"", 14}};
  plan::QuantPlan plan;
  plan.nodes.resize(2);
  plan.inner[c] = y;
  const NodeId conv = g.graph.value(c).producer;
  plan.overrides.push_back({{conv, 2}, Tensor::of<float>({1}, std::vector<float>{10})});

  QuantizedStream stream(g.graph, opsets, plan, on_this_thread());
  stream.start({{Tensor::of<float>({1, 1, 1, 2}, std::vector<float>{1, 2})}});
  stream.advance(conv);
  plan.overrides[0] = {{g.graph.value(y).producer, 1},
                       Tensor::of<float>({3}, std::vector<float>{7, 8, 9})};
  plan.overrides.clear();
  stream.advance(g.graph.value(y).producer);
  const std::vector<Tensor> results = stream.result(y);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].data<float>()[0], 12);
  EXPECT_EQ(results[0].data<float>()[1], 14);
}

}  // namespace
}  // namespace xquant::quantize
