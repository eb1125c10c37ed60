#include <gtest/gtest.h>

#include "simplify/pieces.h"
#include "simplify/simplify.h"

namespace xquant::simplify {
namespace {

ValueId keras_prelu(SmallGraph& g, ValueId x) {
  const ValueId below = op(g, "Relu", {op(g, "Neg", {x})});
  const ValueId slopes = g.constant("a", {3, 1}, {-0.25F, 0.5F, 0});
  return op(g, "Add", {op(g, "Relu", {x}), op(g, "Mul", {slopes, below})});
}

/// x * 1/6 * clip(x + 3, 0, 6), the sixth as half precision holds it.
TEST(Activations, AreFoundWhereConstantsWereRoundedToHalfPrecision) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const ValueId gate = op(g, "Clip", {op(g, "Add", {x, number(g, 3)}), number(g, 0), number(g, 6)});
  const ValueId swish = op(g, "Mul", {op(g, "Mul", {number(g, 0.16662598F), x}), gate});
  const ValueId erf = op(g, "Erf", {op(g, "Div", {swish, number(g, 1.4140625F)})});
  const ValueId twice = op(g, "Mul", {swish, op(g, "Add", {erf, number(g, 1)})});
  g.output(op(g, "Mul", {twice, number(g, 0.5F)}));
  const Tensor input = random_tensor({2, 3, 4});
  const auto before = run(g.graph, 13, input);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "HardSwish Gelu ");
  expect_near(run(g.graph, 13, input), before, 2e-3F);
}

TEST(Activations, StayTwoHalvesWhereTheirSlopesWouldMakeTheResultLarger) {
  SmallGraph g;
  g.output(keras_prelu(g, g.input("x", {2, 1, 4})));
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("PRelu"), std::string::npos);
}

TEST(Activations, StayTwoHalvesWhereTheUpperOneIsNoneOfX) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const ValueId below = op(g, "Sub", {x, op(g, "Mul", {op(g, "Abs", {x}), number(g, 0.5F)})});
  g.output(op(g, "Add", {op(g, "Relu", {x}), op(g, "Mul", {below, number(g, 0.1F)})}));
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("LeakyRelu"), std::string::npos);
}

TEST(Activations, StayWhereAConstantIsAnotherOne) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const ValueId erf = op(g, "Erf", {op(g, "Div", {x, number(g, 1.4155F)})});
  const ValueId twice = op(g, "Mul", {x, op(g, "Add", {erf, number(g, 1)})});
  g.output(op(g, "Mul", {twice, number(g, 0.5F)}));
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("Gelu"), std::string::npos);
}

}  // namespace
}  // namespace xquant::simplify
