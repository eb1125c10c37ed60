#include <gtest/gtest.h>

#include <limits>

#include "simplify/pieces.h"
#include "simplify/simplify.h"

namespace xquant::simplify {
namespace {

/// x -> Conv with stride 2 -> Relu -> Reshape to [its first size, -1], as tracing exporters write.
void flatten_after_conv(SmallGraph& g, ValueId x) {
  const std::vector<float> weights{1, -2, 3, 0.5F, 1, -1, 2, 0.25F, 1, 1, 1, 1, 0, 1, 0, 2};
  const ValueId c = op(g, "Conv", {x, g.constant("w", {2, 2, 2, 2}, weights)},
                       {{"strides", std::vector<std::int64_t>{2, 2}},
                        {"pads", std::vector<std::int64_t>{0, 1, 1, 0}}});
  const ValueId r = op(g, "Relu", {c});
  const ValueId rows = op(g, "Gather", {op(g, "Shape", {r}), g.integers("at", {2})});
  g.output(op(g, "Reshape",
              {r, op(g, "Concat", {g.integers("open", {-1}), rows}, {{"axis", std::int64_t{0}}})}));
}

TEST(StaticShapes, AreConstants) {
  SmallGraph g;
  flatten_after_conv(g, g.input("x", {1, 2, 5, 4}));
  const Tensor input = random_tensor({1, 2, 5, 4});
  const auto before = run(g.graph, 13, input);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "Conv Relu Reshape ");
  expect_near(run(g.graph, 13, input), before, 0);
  const Node& reshape = g.graph.node(g.graph.value(g.graph.outputs.at(0)).producer);
  const auto shape = g.graph.constant(reshape.input(1))->data<std::int64_t>();
  EXPECT_EQ(std::vector<std::int64_t>(shape.begin(), shape.end()),
            (std::vector<std::int64_t>{-1, 3}));
}

TEST(StaticShapes, AreNoneWhereAnInputIsOpen) {
  SmallGraph g;
  const ValueId x =
      g.graph.add_value("x", {.element = DataType::kFloat,
                              .shape = DeclaredShape{std::int64_t{1}, std::int64_t{2},
                                                     std::string("h"), std::int64_t{4}}});
  g.graph.inputs.push_back(x);
  flatten_after_conv(g, x);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "Conv Relu Shape Gather Concat Reshape ");
}

TEST(StaticShapes, AreNoneOfSizesThatNoModelHas) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  for (const char* attribute : {"pads", "dilations", "strides"}) {
    SmallGraph g;
    const ValueId w = g.graph.add_constant("w", random_tensor({3, 2, 3, 3}));
    const bool pads = std::string(attribute) == "pads";
    const std::vector<std::int64_t> sizes(pads ? 4 : 2, kLargest);
    const ValueId c = op(g, "Conv", {g.input("x", {1, 2, 5, 4}), w}, {{attribute, sizes}});
    g.output(op(g, "Shape", {c}));
    simplify(g.graph, {{"", 13}}, Extent::kFull);
    EXPECT_EQ(types_of(g.graph), "Conv Shape ") << attribute;
  }
}

}  // namespace
}  // namespace xquant::simplify
