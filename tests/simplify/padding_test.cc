#include <gtest/gtest.h>

#include <limits>

#include "simplify/pieces.h"
#include "simplify/simplify.h"

namespace xquant::simplify {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLowest = std::numeric_limits<float>::lowest();

ValueId pad(SmallGraph& g, ValueId x, const std::vector<std::int64_t>& widths, float value) {
  return op(g, "Pad", {x, g.integers("widths", widths), number(g, value)});
}

ValueId conv(SmallGraph& g, ValueId x) {
  const std::vector<float> weights{1, -2, 3, 0.5F, 1, -1, 2, 0.25F};
  return op(g, "Conv", {x, g.constant("w", {1, 2, 2, 2}, weights)},
            {{"pads", std::vector<std::int64_t>{1, 0, 0, 0}}});
}

ValueId pool(SmallGraph& g, ValueId x) {
  return op(
      g, "MaxPool", {x},
      {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"auto_pad", std::string("VALID")}});
}

/// The types after simplification, which must not change what is computed.
std::string simplified(SmallGraph& g, ValueId y) {
  g.output(y);
  const Tensor input = random_tensor({1, 2, 3, 4});
  const auto before = run(g.graph, 13, input);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  expect_near(run(g.graph, 13, input), before, 0);
  return types_of(g.graph);
}

struct Padding : testing::Test {
  SmallGraph g;
  ValueId x = g.input("x", {1, 2, 3, 4});
};

TEST_F(Padding, WithZerosIsDoneByConv) {
  EXPECT_EQ(simplified(g, conv(g, pad(g, x, {0, 0, 1, 0, 0, 0, 2, 1}, 0))), "Conv ");
  const auto pads = g.graph.node(g.graph.nodes().at(0)).ints_or("pads", {});
  EXPECT_EQ(pads, (std::vector<std::int64_t>{2, 0, 2, 1}));
}

TEST_F(Padding, WithTheLowestValueIsDoneByMaxPool) {
  EXPECT_EQ(simplified(g, pool(g, pad(g, x, {0, 0, 0, 0, 0, 0, 1, 1}, -kInfinity))), "MaxPool ");
}

TEST_F(Padding, WithZerosBehindReluIsDoneByMaxPool) {
  const ValueId r = op(g, "Relu", {x});
  EXPECT_EQ(simplified(g, pool(g, pad(g, r, {0, 0, 1, 1, 0, 0, 0, 0}, 0))), "Relu MaxPool ");
}

TEST_F(Padding, StaysWhereTheReaderWouldComputeSomethingElse) {
  EXPECT_EQ(simplified(g, conv(g, pad(g, x, {0, 0, 1, 0, 0, 0, 1, 0}, 0.5F))), "Pad Conv ");
  SmallGraph zeros;
  ValueId y = zeros.input("x", {1, 2, 3, 4});
  EXPECT_EQ(simplified(zeros, pool(zeros, pad(zeros, y, {0, 0, 0, 0, 0, 0, 1, 1}, 0))),
            "Pad MaxPool ");
  SmallGraph wide;
  y = wide.input("x", {1, 2, 3, 4});
  EXPECT_EQ(simplified(wide, pool(wide, pad(wide, y, {0, 0, 2, 0, 0, 0, 0, 0}, kLowest))),
            "Pad MaxPool ");
  SmallGraph channels;
  y = channels.input("x", {1, 1, 3, 4});
  channels.output(conv(channels, pad(channels, y, {0, 0, 0, 0, 0, 1, 0, 0}, 0)));
  simplify(channels.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(channels.graph), "Pad Conv ");
}

TEST_F(Padding, StaysForItsOtherReaders) {
  const ValueId padded = pad(g, x, {0, 0, 1, 0, 0, 0, 0, 0}, 0);
  g.output(op(g, "Abs", {padded}));
  EXPECT_EQ(simplified(g, conv(g, padded)), "Pad Abs Conv ");
  for (const NodeId id : g.graph.nodes()) {
    if (g.graph.node(id).is("Conv")) EXPECT_EQ(g.graph.node(id).input(0), x);
  }
}

}  // namespace
}  // namespace xquant::simplify
