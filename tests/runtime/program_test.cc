#include "runtime/program.h"

#include <gtest/gtest.h>

#include "runtime/build_graph.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

TEST(Program, RefusesMissingOperatorsWithAllTheirNodes) {
  const Graph graph = GraphBuilder()
                          .node("Frobnicate", {"x"}, {"first"})
                          .node("Relu", {"first"}, {"second"})
                          .node("Frobnicate", {"second"}, {"third"})
                          .node("Swirl", {"third"}, {"fourth"}, {}, "com.example")
                          .build({"fourth"});
  try {
    Program::compile(graph, {{"", 17}, {"com.example", 3}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_EQ(error.code(), "XQ-RT-001");
    EXPECT_EQ(error.place().node, "first");
    EXPECT_NE(error.message().find("Frobnicate (domain ai.onnx, opset 17) in 'first', 'third'"),
              std::string::npos)
        << error.message();
    EXPECT_NE(error.message().find("Swirl (domain com.example, opset 3) in 'fourth'"),
              std::string::npos);
    EXPECT_EQ(error.message().find("Relu"), std::string::npos);
  }
}

TEST(Program, DoesNotNeedOperatorsBehindTheWantedValues) {
  const Graph graph =
      GraphBuilder().node("Relu", {"x"}, {"a"}).node("Frobnicate", {"a"}, {"b"}).build({"b"});
  const auto program = Program::compile(graph, {{"", 13}}, {.outputs = {graph.find_value("a")}});
  EXPECT_EQ(program->order().size(), 1u);
  EXPECT_EQ(Executor(program).run({{Tensor::scalar(-1.0f)}}).at(0).data<float>()[0], 0.0f);
}

TEST(Program, LeavesOutInputsThatHaveADefault) {
  Graph graph = GraphBuilder()
                    .constant("w", Tensor::scalar(2.0f))
                    .node("Mul", {"x", "w"}, {"y"})
                    .build({"y"});
  graph.inputs.push_back(graph.find_value("w"));
  const auto program = Program::compile(graph, {{"", 13}});
  ASSERT_EQ(program->inputs().size(), 1u);
  EXPECT_EQ(Executor(program).run({{Tensor::scalar(3.0f)}}).at(0).data<float>()[0], 6.0f);
}

TEST(Program, OutlivesTheGraph) {
  std::shared_ptr<const Program> program;
  {
    const Graph graph = GraphBuilder()
                            .constant("w", Tensor::scalar(2.0f))
                            .node("Mul", {"x", "w"}, {"y"})
                            .build({"y"});
    program = Program::compile(graph, {{"", 13}});
  }
  EXPECT_EQ(Executor(program).run({{Tensor::scalar(4.0f)}}).at(0).data<float>()[0], 8.0f);
}

TEST(Registry, ChoosesByOpset) {
  const auto supported = [](const std::string& type, std::int64_t opset) {
    return is_supported(Node{.name = "n", .op_type = type}, {{"", opset}});
  };
  EXPECT_FALSE(supported("Swish", 23));
  EXPECT_TRUE(supported("Swish", 24));
  EXPECT_TRUE(supported("Gelu", 13));  // simplification makes it of older models' operators
  EXPECT_TRUE(supported("Conv", 25));
  EXPECT_FALSE(supported("Conv", 26));  // what a later version changed is not known
  EXPECT_FALSE(
      is_supported(Node{.name = "n", .op_type = "Conv", .domain = "com.example"}, {{"", 13}}));
  EXPECT_TRUE(is_supported(Node{.name = "n", .op_type = "Conv", .domain = "ai.onnx"}, {{"", 13}}));
}

TEST(Softmax, FollowsTheMeaningOfItsVersion) {
  // Before opset 13 the axis splits the tensor into rows; since then it is one dimension.
  const Tensor x = Tensor::of<float>({1, 2, 2}, std::vector<float>(4, 0.0f));
  const Tensor* operands[] = {&x};
  const Node node{.name = "n",
                  .op_type = "Softmax",
                  .outputs = {ValueId(0)},
                  .attributes = {{"axis", std::int64_t{1}}}};
  EXPECT_EQ(evaluate(node, {{"", 11}}, operands).at(0).data<float>()[0], 0.25f);
  EXPECT_EQ(evaluate(node, {{"", 13}}, operands).at(0).data<float>()[0], 0.5f);
}

TEST(Evaluate, LeavesUnnamedOutputsEmpty) {
  const Tensor x = Tensor::of<float>({1, 1, 2}, std::vector<float>{1.0f, 2.0f});
  const Tensor* operands[] = {&x};
  const Node node{.name = "n",
                  .op_type = "MaxPool",
                  .outputs = {ValueId(0)},
                  .attributes = {{"kernel_shape", std::vector<std::int64_t>{2}}}};
  const auto results = evaluate(node, {{"", 13}}, operands);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].data<float>()[0], 2.0f);
  EXPECT_EQ(results[1].type(), DataType::kUndefined);
}

TEST(Program, RefusesRandomNumbersUnlessOnlyTheirShapeIsRead) {
  GraphBuilder builder;
  builder.node("RandomNormalLike", {"x"}, {"noise"});
  builder.node("Shape", {"noise"}, {"shape"});
  builder.node("Add", {"x", "noise"}, {"sum"});
  const Graph graph = builder.build({"shape", "sum"});
  try {
    Program::compile(graph, {{"", 13}});
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-006");
    EXPECT_NE(std::string(error.what()).find("'noise'"), std::string::npos);
  }
  Executor executor(Program::compile(graph, {{"", 13}}, {.outputs = {graph.outputs.at(0)}}));
  const auto got = executor.run({{Tensor::of<float>({2, 3}, std::vector<float>(6))}});
  EXPECT_TRUE(got.at(0) == Tensor::of<std::int64_t>({2}, std::vector<std::int64_t>{2, 3}));
}

TEST(Program, LeavesOutATailThatCannotRunAndGivesWhatItReads) {
  const Graph graph = GraphBuilder()
                          .node("Relu", {"x"}, {"boxes"})
                          .node("Neg", {"x"}, {"scores"})
                          .node("Frobnicate", {"boxes", "x"}, {"picked"})
                          .node("Add", {"picked", "scores"}, {"last"})
                          .node("Abs", {"x"}, {"other"})
                          .build({"last", "other"});
  const auto program = Program::compile(graph, {{"", 13}}, {.obstacles = Obstacles::kLeaveOut});
  std::vector<std::string> names;
  for (const ValueId id : program->outputs()) names.push_back(program->value_name(id));
  EXPECT_EQ(names, (std::vector<std::string>{"other", "boxes", "scores"}));
  EXPECT_EQ(program->left_out().size(), 2u);
  const Tensor x = Tensor::of<float>({2}, std::vector<float>{-1, 2});
  const auto got = Executor(program).run({{x}});
  EXPECT_TRUE(got.at(1) == Tensor::of<float>({2}, std::vector<float>{0, 2}));
}

}  // namespace
}  // namespace xquant::runtime
