#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "graph/small_graph.h"
#include "runtime/executor.h"
#include "simplify/simplify.h"

namespace xquant::simplify {
namespace {

const runtime::OpsetImports kOpsets{{"", 13}};

void simplify_fully(SmallGraph& g) { simplify(g.graph, kOpsets, Extent::kFull); }

/// The first output for one input, as the runtime computes it.
std::vector<float> run(const Graph& graph, const Tensor& input) {
  runtime::Executor executor(runtime::Program::compile(graph, kOpsets));
  const std::vector<Tensor> inputs{input};
  const Tensor output = executor.run(inputs).at(0);
  return {output.data<float>().begin(), output.data<float>().end()};
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5F) << i;
}

Tensor ramp(const Shape& shape) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i) {
    values.push_back(0.25F * static_cast<float>(i % 7) - 0.5F);
  }
  return Tensor::of<float>(shape, values);
}

ValueId normalized(SmallGraph& g, ValueId x, const std::string& name) {
  return g.op("BatchNormalization",
              {x, g.constant("gamma", {2}, {2, -1}), g.constant("beta", {2}, {0.5F, 1}),
               g.constant("mean", {2}, {0.25F, -1}), g.constant("var", {2}, {1, 4})},
              name, {{"epsilon", 0.001F}});
}

TEST(BatchNormalization, GoesIntoTheConvBeforeIt) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId conv = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4})}, "c");
  g.output(normalized(g, conv, "y"));
  const auto before = run(g.graph, ramp({1, 1, 2, 2}));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Conv ");
  EXPECT_EQ(g.graph.value(g.graph.outputs[0]).name, "y");
  expect_near(run(g.graph, ramp({1, 1, 2, 2})), before);
}

/// What SequenceAt gives of a SplitToSequence, in [2, 5] split along axis 1.
std::vector<float> element(const std::vector<ValueId>& more, SmallGraph& g, std::int64_t at,
                           std::int64_t keepdims) {
  std::vector<ValueId> operands{g["x"]};
  operands.insert(operands.end(), more.begin(), more.end());
  const ValueId parts = g.op("SplitToSequence", operands, "parts",
                             {{"axis", std::int64_t{1}}, {"keepdims", keepdims}});
  const ValueId index = g.graph.add_constant("at", Tensor::scalar(at));
  g.output(g.op("SequenceAt", {parts, index}, "y"));
  simplify_fully(g);
  return run(g.graph, ramp({2, 5}));
}

TEST(Sequences, ElementsOfASplitBecomeSlices) {
  const std::vector<float> x = run(
      [] {
        SmallGraph g;
        g.output(g.op("Identity", {g.input("x", {2, 5})}, "y"));
        return g.graph;
      }(),
      ramp({2, 5}));
  const auto columns = [&](std::size_t first, std::size_t end) {
    std::vector<float> values(x.begin() + first, x.begin() + end);
    values.insert(values.end(), x.begin() + 5 + first, x.begin() + 5 + end);
    return values;
  };
  SmallGraph sizes, size, ones, last;
  for (SmallGraph* g : {&sizes, &size, &ones, &last}) g->input("x", {2, 5});
  EXPECT_EQ(element({sizes.integers("s", {1, 3, 1})}, sizes, -2, 1), columns(1, 4));
  EXPECT_EQ(element({size.graph.add_constant("s", Tensor::scalar(std::int64_t{2}))}, size, 2, 1),
            columns(4, 5));  // the rest
  EXPECT_EQ(element({}, ones, 3, 0), columns(3, 4));
  EXPECT_EQ(element({}, last, -1, 1), columns(4, 5));
}

TEST(Sequences, AreJoinedWithoutBeingMade) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3});
  const ValueId list = g.op("SequenceConstruct", {x, g.op("Neg", {x}, "n")}, "list");
  g.output(g.op("ConcatFromSequence", {list}, "y",
                {{"axis", std::int64_t{1}}, {"new_axis", std::int64_t{1}}}));
  const ValueId zero = g.graph.add_constant("zero", Tensor::scalar(std::int64_t{-2}));
  g.output(g.op("SequenceAt", {list, zero}, "first"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph).find("Sequence"), std::string::npos);
  const Tensor input = ramp({2, 3});
  const auto values = input.data<float>();
  std::vector<float> expected;
  for (std::size_t row = 0; row < 2; ++row) {
    for (const float sign : {1.0F, -1.0F}) {
      for (std::size_t c = 0; c < 3; ++c) expected.push_back(sign * values[3 * row + c]);
    }
  }
  EXPECT_EQ(run(g.graph, input), expected);
}

TEST(ConstantCondition, LeavesTheBranchThatIsTaken) {
  for (const bool which : {true, false}) {
    SmallGraph g, then_branch, else_branch;
    g.input("x", {2, 2});
    const ValueId inner = then_branch.graph.add_value("x");  // of the graph around it
    then_branch.output(then_branch.op("Mul", {inner, then_branch.constant("w", {2}, {2, 3})}, "t"));
    else_branch.output(else_branch.graph.add_value("x"));
    g.constant("w", {2}, {5, 7});  // the branch's constant of that name has to make way
    const ValueId condition = g.graph.add_constant("c", Tensor::scalar<bool>(which));
    const ValueId chosen =
        g.op("If", {condition}, "y",
             {{"then_branch", std::make_shared<const Graph>(then_branch.graph)},
              {"else_branch", std::make_shared<const Graph>(else_branch.graph)}});
    g.output(g.op("Neg", {chosen}, "z"));
    g.output(chosen);
    const auto before = run(g.graph, ramp({2, 2}));
    simplify_fully(g);
    EXPECT_EQ(types_of(g.graph).find("If"), std::string::npos);
    EXPECT_EQ(g.graph.value(g.graph.outputs[1]).name, "y");
    EXPECT_EQ(run(g.graph, ramp({2, 2})), before);
  }
}

TEST(BatchNormalization, GoesIntoEveryGroupOfAConvTranspose) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 4, 1, 2});
  const ValueId w = g.constant("w", {4, 1, 1, 1}, {1, 2, 3, 4});
  const ValueId conv = g.op("ConvTranspose", {x, w}, "c", {{"group", std::int64_t{2}}});
  g.output(normalized(g, conv, "y"));
  const auto before = run(g.graph, ramp({1, 4, 1, 2}));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "ConvTranspose ");
  expect_near(run(g.graph, ramp({1, 4, 1, 2})), before);
}

TEST(BatchNormalization, GoesIntoBothKindsOfGemm) {
  for (const std::int64_t transposed : {0, 1}) {
    SmallGraph g;
    const ValueId x = g.input("x", {2, 3});
    const Shape shape = transposed != 0 ? Shape{2, 3} : Shape{3, 2};
    const ValueId w = g.constant("w", shape, {1, 2, 3, 4, 5, 6});
    g.output(normalized(g, g.op("Gemm", {x, w}, "c", {{"transB", transposed}}), "y"));
    const auto before = run(g.graph, ramp({2, 3}));
    simplify_fully(g);
    EXPECT_EQ(types_of(g.graph), "Gemm ");
    expect_near(run(g.graph, ramp({2, 3})), before);
  }
}

TEST(BatchNormalization, StaysWhenTheConvResultIsSeenElsewhere) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId conv = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4})}, "c");
  g.output(normalized(g, conv, "y"));
  g.output(conv);
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Conv BatchNormalization ");
}

TEST(BatchNormalization, LeavesAWeightThatAnotherConvReadsAsItIs) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId w = g.constant("w", {2, 1, 1, 1}, {3, 4});
  g.output(normalized(g, g.op("Conv", {x, w}, "c"), "y"));
  g.output(g.op("Conv", {x, w}, "other"));
  simplify_fully(g);
  EXPECT_EQ(floats(g.graph, "w"), (std::vector<float>{3, 4}));
  EXPECT_NE(g.writer("y").input(1), g.writer("other").input(1));
}

TEST(BatchNormalization, KeepsTheNamesOfTheConstantsItGoesInto) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId conv =
      g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4}), g.constant("b", {2}, {1, 1})}, "c");
  g.output(normalized(g, conv, "y"));
  simplify_fully(g);
  EXPECT_EQ(g.graph.value(g.writer("y").input(1)).name, "w");
  EXPECT_EQ(g.graph.value(g.writer("y").input(2)).name, "b");
}

TEST(FoldIntoWeights, IsNotTriedOnAGroupOfZero) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 2, 1, 1});
  const ValueId w = g.constant("w", {2, 1, 1, 1}, {3, 4});
  const ValueId conv = g.op("ConvTranspose", {x, w}, "c", {{"group", std::int64_t{0}}});
  g.output(normalized(g, conv, "y"));
  simplify(g.graph, kOpsets, Extent::kQuantizationNeeds);
  EXPECT_EQ(types_of(g.graph), "ConvTranspose BatchNormalization ");
}

TEST(ConvBias, TakesInAnAddOfOneConstantForEachChannel) {
  for (const Shape& shape : {Shape{2, 1, 1}, Shape{1, 2, 1, 1}}) {
    SmallGraph g;
    const ValueId x = g.input("x", {1, 1, 2, 2});
    const ValueId conv = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4})}, "c");
    g.output(g.op("Add", {g.constant("a", shape, {1, -1}), conv}, "y"));
    const auto before = run(g.graph, ramp({1, 1, 2, 2}));
    simplify_fully(g);
    EXPECT_EQ(types_of(g.graph), "Conv ");
    expect_near(run(g.graph, ramp({1, 1, 2, 2})), before);
  }
}

TEST(ConvBias, LeavesTheWeightSharedWithAnotherConv) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId w = g.constant("w", {2, 1, 1, 1}, {3, 4});
  const ValueId conv = g.op("Conv", {x, w}, "c");
  g.output(g.op("Add", {conv, g.constant("a", {2, 1, 1}, {1, -1})}, "y"));
  g.output(g.op("Conv", {x, w}, "other"));
  simplify_fully(g);
  EXPECT_EQ(g.writer("y").input(1), w);
  EXPECT_EQ(g.writer("other").input(1), w);
}

TEST(ConvBias, LeavesAnAddAlongTheWidthAlone) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId conv = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4})}, "c");
  g.output(g.op("Add", {conv, g.constant("a", {2}, {1, -1})}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Conv Add ");
}

TEST(ConstantFolding, RunsWhatDependsOnConstantsOnly) {
  SmallGraph g;
  const ValueId x = g.input("x", {2});
  const ValueId sum =
      g.op("Add", {g.constant("a", {2}, {1, 2}), g.constant("b", {2}, {3, 4})}, "s");
  g.output(g.op("Mul", {x, g.op("Neg", {sum}, "n")}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Mul ");
  EXPECT_EQ(floats(g.graph, "n"), (std::vector<float>{-4, -6}));
}

TEST(ConstantFolding, LeavesDefaultsOfInputsAndOutputsOfTheGraphAlone) {
  SmallGraph g;
  const ValueId overridable = g.constant("a", {1}, {1});
  g.graph.inputs.push_back(overridable);
  g.output(g.op("Neg", {overridable}, "y"));
  g.output(g.op("Neg", {g.constant("b", {1}, {1})}, "z"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Neg Neg ");
}

TEST(ConstantFolding, DoesNotBlowTheModelUp) {
  SmallGraph g;
  const ValueId big = g.op("Expand", {g.constant("a", {1}, {1}), g.integers("s", {100000})}, "e");
  g.output(g.op("Add", {g.input("x", {100000}), big}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Expand Add ");
}

TEST(ConstantFolding, PassesOverWhatIsLargeWhereItsResultIsSmall) {
  SmallGraph g;
  const ValueId large =
      g.op("Expand", {g.constant("a", {1}, {0.5F}), g.integers("s", {3, 100000})}, "e");
  const ValueId sums =
      g.op("ReduceL1", {large}, "l",
           {{"axes", std::vector<std::int64_t>{1}}, {"keepdims", std::int64_t{0}}});
  g.output(g.op("Add", {g.input("x", {3}), sums}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Add ");
  EXPECT_EQ(floats(g.graph, "l"), (std::vector<float>{50000, 50000, 50000}));
}

TEST(ConstantNode, BecomesAnInitializerWithTheSameBytes) {
  SmallGraph g;
  const Tensor tensor = Tensor::of<float>({1}, std::vector<float>{2});
  g.output(g.op("Add", {g.input("x", {1}), g.op("Constant", {}, "k", {{"value", tensor}})}, "y"));
  simplify(g.graph, kOpsets, Extent::kQuantizationNeeds);
  EXPECT_EQ(types_of(g.graph), "Add ");
  EXPECT_EQ(g.graph.constant(g["k"])->storage(), tensor.storage());
}

TEST(ConstantNode, OfAKindThatCannotBeRunStays) {
  SmallGraph g;
  g.op("Constant", {}, "k", {{"value_strings", std::vector<std::string>{"a"}}});
  g.output(g.op("Relu", {g.input("x", {1})}, "y"));
  simplify(g.graph, kOpsets, Extent::kQuantizationNeeds);
  EXPECT_EQ(g.graph.nodes().size(), 2U);
}

TEST(Identity, DisappearsUnlessItNamesAnOutput) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  g.output(g.op("Relu", {g.op("Identity", {x}, "i")}, "y"));
  g.output(g.op("Identity", {x}, "z"));
  simplify_fully(g);
  EXPECT_EQ(g.writer("y").input(0), x);
  EXPECT_EQ(g.graph.value(g.graph.outputs[1]).name, "z");
  EXPECT_EQ(g.graph.nodes().size(), 2U);
}

TEST(Dropout, StaysWhenItsMaskIsReadOrItTrains) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const auto masked = g.node("Dropout", {x}, {"a", "mask"});
  g.output(g.op("Relu", {masked[0]}, "y"));
  g.output(masked[1]);
  g.output(g.op("Relu", {g.node("Dropout", {x}, {"b", "unread"})[0]}, "z"));
  const ValueId training = g.graph.add_constant("t", Tensor::scalar(true));
  g.output(g.op("Relu", {g.op("Dropout", {x, ValueId::kNone, training}, "c")}, "u"));
  simplify_fully(g);
  EXPECT_EQ(g.writer("z").input(0), x);
  EXPECT_NE(g.writer("y").input(0), x);
  EXPECT_NE(g.writer("u").input(0), x);
}

TEST(Identity, ReadByASubgraphStays) {
  SmallGraph inner;
  inner.output(inner.op("Relu", {inner.graph.add_value("i")}, "branch"));
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  const ValueId c = g.input("c", {}, DataType::kBool);
  g.op("Identity", {x}, "i");
  const auto branch = std::make_shared<const Graph>(inner.graph);
  g.output(g.op("If", {c}, "y", {{"then_branch", branch}, {"else_branch", branch}}));
  simplify_fully(g);
  EXPECT_NE(g.graph.value(g["i"]).producer, NodeId::kNone);
}

TEST(Simplify, OfWhatQuantizationNeedsKeepsTheRest) {
  SmallGraph g;
  const ValueId x = g.input("x", {1});
  g.output(g.op("Relu", {g.op("Identity", {x}, "i")}, "y"));
  g.op("Neg", {x}, "dead");
  EXPECT_TRUE(simplify(g.graph, kOpsets, Extent::kQuantizationNeeds).empty());
  EXPECT_EQ(g.graph.nodes().size(), 3U);
}

TEST(ChannelArithmetic, GoesIntoTheConvBeforeIt) {
  for (const std::string type : {"Add", "Sub", "Mul", "Div"}) {
    for (const bool constant_first : {false, true}) {
      SmallGraph g;
      const ValueId x = g.input("x", {1, 1, 2, 2});
      const ValueId weight = g.constant("w", {2, 1, 1, 1}, {3, 4});
      const ValueId conv = g.op("Conv", {x, weight, g.constant("b", {2}, {10, -9})}, "c");
      const ValueId operand = g.constant("k", {2, 1, 1}, {2, -0.5F});
      g.output(constant_first ? g.op(type, {operand, conv}, "y")
                              : g.op(type, {conv, operand}, "y"));
      const auto before = run(g.graph, ramp({1, 1, 2, 2}));
      simplify_fully(g);
      const bool reciprocal = type == "Div" && constant_first;
      EXPECT_EQ(types_of(g.graph), reciprocal ? "Conv Div " : "Conv ") << type;
      expect_near(run(g.graph, ramp({1, 1, 2, 2})), before);
    }
  }
}

TEST(ChannelArithmetic, WithOneNumberGoesIntoConvAndGemm) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3});
  const ValueId w = g.constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  const ValueId scaled = g.op("Mul", {g.constant("k", {1}, {3}), g.op("Gemm", {x, w}, "c")}, "s");
  g.output(g.op("Sub", {g.constant("one", {}, {1}), scaled}, "y"));
  const auto before = run(g.graph, ramp({2, 3}));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Gemm ");
  expect_near(run(g.graph, ramp({2, 3})), before);
}

TEST(ChannelArithmetic, AlongAnotherDimensionStays) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  const ValueId conv = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {3, 4})}, "c");
  g.output(g.op("Mul", {conv, g.constant("k", {2, 1}, {2, 3})}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Conv Mul ");
}

TEST(NoOp, Disappears) {
  SmallGraph g;
  ValueId x = g.op("Relu", {g.input("x", {2, 3})}, "start");
  x = g.op("Add", {x, g.constant("zero", {}, {0})}, "a");
  x = g.op("Div", {x, g.constant("one", {}, {1})}, "b");
  x = g.op("Mul", {x, g.constant("also one", {1, 1}, {1})}, "m");
  x = g.op("Slice", {x, g.integers("from", {0}), g.integers("to", {2147483647})}, "c");
  const auto narrow = [&](const std::string& name, std::int32_t value) {
    return g.graph.add_constant(name, Tensor::of<std::int32_t>({1}, {value}));
  };
  x = g.op("Slice", {x, narrow("from32", 0), narrow("to32", 2147483647)}, "d");
  x = g.op("Transpose", {x}, "t", {{"perm", std::vector<std::int64_t>{0, 1}}});
  x = g.op("Cast", {x}, "e", {{"to", std::int64_t{1}}});
  g.output(g.op("Relu", {x}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Relu Relu ");
}

TEST(NoOp, ThatChangesTheShapeStays) {
  SmallGraph g;
  const ValueId x = g.op("Relu", {g.input("x", {3})}, "start");
  g.output(g.op("Relu", {g.op("Add", {x, g.constant("zero", {1, 1}, {0})}, "a")}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Relu Add Relu ");
}

TEST(ConsecutiveShapes, BecomeOne) {
  SmallGraph g;
  using Ints = std::vector<std::int64_t>;
  ValueId x = g.op("Transpose", {g.input("x", {2, 3, 4})}, "a", {{"perm", Ints{1, 2, 0}}});
  x = g.op("Transpose", {x}, "b", {{"perm", Ints{2, 1, 0}}});
  x = g.op("Reshape", {x, g.integers("s", {6, 4})}, "c");
  g.output(g.op("Reshape", {x, g.integers("t", {4, -1})}, "y"));
  const auto before = run(g.graph, ramp({2, 3, 4}));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Transpose Reshape ");
  expect_near(run(g.graph, ramp({2, 3, 4})), before);
}

TEST(CommonSubexpression, StaysOnce) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3});
  const ValueId a = g.op("LeakyRelu", {x}, "a", {{"alpha", 0.25F}});
  const ValueId b = g.op("LeakyRelu", {x}, "b", {{"alpha", 0.25F}});
  const ValueId c = g.op("LeakyRelu", {x}, "c", {{"alpha", 0.5F}});
  g.output(g.op("Sum", {a, b, c}, "y"));
  const auto before = run(g.graph, ramp({2, 3}));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "LeakyRelu LeakyRelu Sum ");
  expect_near(run(g.graph, ramp({2, 3})), before);
}

/// Broken files come this far: it is the run that refuses them, with the node's name.
TEST(ConsecutiveShapes, LeaveAReshapeWhoseTargetIsNoIntegerAlone) {
  SmallGraph g;
  ValueId x = g.op("Reshape", {g.input("x", {2, 3, 4}), g.integers("s", {6, 4})}, "c");
  g.output(g.op("Reshape", {x, g.constant("t", {2}, {4, -1})}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Reshape Reshape ");
}

TEST(ConsecutiveShapes, LeaveOperatorsWithoutOperandAlone) {
  // No model, which its run says; rewriting it must end all the same.
  SmallGraph g;
  const ValueId x = g.input("x", {6});
  const ValueId target = g.graph.add_constant("t", Tensor::of<std::int64_t>({2}, {2, 3}));
  const ValueId nothing = g.op("Reshape", {ValueId::kNone, target}, "a");
  const ValueId again = g.op("Reshape", {nothing, target}, "b");
  const ValueId turned =
      g.op("Transpose", {ValueId::kNone}, "p", {{"perm", std::vector<std::int64_t>{1, 0}}});
  g.output(g.op(
      "Add", {again, g.op("Transpose", {turned}, "q", {{"perm", std::vector<std::int64_t>{1, 0}}})},
      "c"));
  g.output(g.op("Relu", {x}, "y"));
  simplify_fully(g);
  EXPECT_EQ(types_of(g.graph), "Reshape Reshape Transpose Transpose Add Relu ");
}

}  // namespace
}  // namespace xquant::simplify
