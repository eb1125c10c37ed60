#include "convert/half_precision.h"

#include <gtest/gtest.h>

#include <bit>

#include "graph/small_graph.h"
#include "runtime/executor.h"
#include "runtime/program.h"

namespace xquant::convert {
namespace {

constexpr std::uint16_t kOne = 0x3C00, kMinusThree = 0xC200, kHalfOne = 0x3800;

/// A tensor of float16 from its bits.
Tensor half(const Shape& shape, const std::vector<std::uint16_t>& bits,
            DataType type = DataType::kFloat16) {
  return Tensor(type, shape,
                std::string(reinterpret_cast<const char*>(bits.data()), 2 * bits.size()));
}

std::int64_t number(DataType type) { return static_cast<std::int64_t>(type); }

/// y = x + w, all float16.
SmallGraph sum() {
  SmallGraph g;
  const ValueId x = g.input("x", {2}, DataType::kFloat16);
  const ValueId w = g.graph.add_constant("w", half({2}, {kOne, kMinusThree}));
  const ValueId y = g.op("Add", {x, w}, "y");
  g.graph.value(y).type.element = DataType::kFloat16;
  g.output(y);
  return g;
}

std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& inputs) {
  runtime::Executor executor(runtime::Program::compile(graph, {{"", 16}}));
  return executor.run(inputs);
}

TEST(WidenHalfPrecision, LeavesAFloatModelAlone) {
  SmallGraph g;
  g.output(g.op("Cast", {g.input("x", {1})}, "y", {{"to", number(DataType::kFloat)}}));
  EXPECT_FALSE(widen_half_precision(g.graph));
  EXPECT_EQ(types_of(g.graph), "Cast ");
}

TEST(WidenHalfPrecision, MakesConstantsAndTypesFloat) {
  SmallGraph g = sum();
  const auto widened = widen_half_precision(g.graph);
  ASSERT_TRUE(widened);
  EXPECT_EQ(widened->constants, 1U);
  ASSERT_EQ(widened->inputs.size(), 1U);
  EXPECT_EQ(widened->inputs[0].name, "x");
  EXPECT_EQ(widened->outputs.at(0).type, DataType::kFloat16);
  EXPECT_EQ(floats(g.graph, "w"), (std::vector<float>{1, -3}));
  EXPECT_EQ(g.graph.value(g["x"]).type.element, DataType::kFloat);
  EXPECT_EQ(types_of(g.graph), "Add ");
}

TEST(WidenHalfPrecision, KnowsBfloat16) {
  SmallGraph g;
  const ValueId w = g.graph.add_constant("w", half({1}, {0x4049}, DataType::kBfloat16));
  g.output(g.op("Add", {g.input("x", {1}, DataType::kBfloat16), w}, "y"));
  ASSERT_TRUE(widen_half_precision(g.graph));
  EXPECT_EQ(floats(g.graph, "w"), std::vector<float>{std::bit_cast<float>(0x40490000U)});
}

TEST(WidenHalfPrecision, RemovesTheCastsOfAModelWhoseBorderIsFloat) {
  SmallGraph g;
  const ValueId x = g.input("x", {2});
  const ValueId inner = g.op("Cast", {x}, "x_cast", {{"to", number(DataType::kFloat16)}});
  g.graph.value(inner).type.element = DataType::kFloat16;
  const ValueId w = g.graph.add_constant("w", half({2}, {kOne, kMinusThree}));
  const ValueId sum = g.op("Add", {inner, w}, "y_cast");
  g.graph.value(sum).type.element = DataType::kFloat16;
  g.output(g.op("Cast", {sum}, "y", {{"to", number(DataType::kFloat)}}));
  const auto widened = widen_half_precision(g.graph);
  ASSERT_TRUE(widened);
  EXPECT_TRUE(widened->inputs.empty() && widened->outputs.empty());
  EXPECT_EQ(types_of(g.graph), "Add ");
  EXPECT_EQ(g.writer("y").input(0), x);
}

TEST(WidenHalfPrecision, KeepsTheCastOfIntegers) {
  SmallGraph g;
  const ValueId x = g.input("x", {1}, DataType::kInt64);
  const ValueId y = g.op("Cast", {x}, "y", {{"to", number(DataType::kFloat16)}});
  g.graph.value(y).type.element = DataType::kFloat16;
  g.output(y);
  ASSERT_TRUE(widen_half_precision(g.graph));
  EXPECT_EQ(g.writer("y").int_or("to", 0), number(DataType::kFloat));
}

TEST(RestoreInterface, GivesInputsAndOutputsTheirTypesBack) {
  SmallGraph g = sum();
  const std::vector<Tensor> inputs{half({2}, {kHalfOne, kOne})};
  const Tensor before = run(g.graph, inputs).at(0);
  const auto widened = widen_half_precision(g.graph);
  ASSERT_TRUE(widened);
  restore_interface(g.graph, *widened);
  EXPECT_EQ(types_of(g.graph), "Cast Add Cast ");
  EXPECT_EQ(g.graph.value(g.graph.inputs.at(0)).name, "x");
  EXPECT_EQ(g.graph.value(g.graph.inputs.at(0)).type.element, DataType::kFloat16);
  EXPECT_EQ(g.graph.value(g.graph.outputs.at(0)).name, "y");
  EXPECT_EQ(run(g.graph, inputs).at(0), before);
}

TEST(RestoreInterface, ReachesSubgraphs) {
  SmallGraph branch;
  const ValueId outer = branch.graph.add_value("x");
  const ValueId w = branch.graph.add_constant("w", half({2}, {kOne, kMinusThree}));
  const ValueId inner = branch.op("Add", {outer, w}, "z");
  branch.graph.value(inner).type.element = DataType::kFloat16;
  branch.output(inner);
  SmallGraph g;
  g.input("x", {2}, DataType::kFloat16);
  const ValueId condition = g.input("c", {}, DataType::kBool);
  const auto subgraph = std::make_shared<const Graph>(branch.graph);
  const ValueId y =
      g.op("If", {condition}, "y", {{"then_branch", subgraph}, {"else_branch", subgraph}});
  g.graph.value(y).type.element = DataType::kFloat16;
  g.output(y);
  const std::vector<Tensor> inputs{half({2}, {kHalfOne, kOne}), Tensor::scalar(true)};
  const Tensor before = run(g.graph, inputs).at(0);
  const auto widened = widen_half_precision(g.graph);
  ASSERT_TRUE(widened);
  EXPECT_EQ(widened->constants, 2U);
  restore_interface(g.graph, *widened);
  EXPECT_EQ(run(g.graph, inputs).at(0), before);
  EXPECT_EQ(subgraph->constant(w)->type(), DataType::kFloat16);
}

}  // namespace
}  // namespace xquant::convert
