#include "runtime/executor.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "runtime/build_graph.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

const OpsetImports kOpset{{"", 13}};

Tensor integers(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

/// Copies everything it sees.
class Recorder final : public Observer {
 public:
  void on_value(ValueId id, const TensorView& view) override {
    seen.emplace_back(id, copy_of(view));
  }
  std::vector<std::pair<ValueId, Tensor>> seen;
};

/// A random chain with branches of element-wise operators, views and reductions over [2, 3, 4, 4].
Graph random_graph(std::uint32_t seed) {
  Random random(seed);
  GraphBuilder builder;
  builder.constant("shape", integers({2, 3, 16}));
  builder.constant("back", integers({2, 3, 4, 4}));
  builder.node("Relu", {"x"}, {"v0"});
  for (std::size_t i = 1; i < 25; ++i) {
    const std::string out = "v" + std::to_string(i);
    const auto any = [&] { return "v" + std::to_string(random.below(i)); };
    switch (random.below(6)) {
      case 0:
        builder.node("Add", {any(), any()}, {out});
        break;
      case 1:
        builder.node("Neg", {any()}, {out});
        break;
      case 2:
        builder.node("Sigmoid", {any()}, {out});
        break;
      case 3:
        builder.node("Identity", {any()}, {out});
        break;
      case 4:
        builder.node("Transpose", {any()}, {out},
                     {{"perm", std::vector<std::int64_t>{0, 1, 3, 2}}});
        break;
      default:
        builder.node("Reshape", {any(), "shape"}, {out + "_flat"});
        builder.node("Reshape", {out + "_flat", "back"}, {out});
    }
  }
  return builder.build({"v24", "v12", "x", "shape"});
}

/// All values of a graph, node by node, without arena or plan.
std::map<ValueId, Tensor> node_by_node(const Graph& graph, const Tensor& input) {
  std::map<ValueId, Tensor> values{{graph.inputs.at(0), input}};
  const auto find = [&](ValueId id) {
    return graph.constant(id) ? graph.constant(id) : &values.at(id);
  };
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    std::vector<const Tensor*> operands;
    for (const ValueId operand : node.inputs) operands.push_back(find(operand));
    values[node.outputs.at(0)] = evaluate(node, kOpset, operands).at(0);
  }
  return values;
}

TEST(Executor, ShowsEveryValueAsNodeByNodeEvaluationGivesIt) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Graph graph = random_graph(seed);
    Executor executor(Program::compile(graph, kOpset));
    for (std::uint32_t run = 0; run < 3; ++run) {
      Random random(100 * seed + run);
      const Tensor input = random.tensor({2, 3, 4, 4});
      const auto expected = node_by_node(graph, input);
      Recorder recorder;
      const auto outputs = executor.run({{input}}, &recorder);
      for (const auto& [id, tensor] : recorder.seen) {
        ASSERT_TRUE(tensor == expected.at(id))
            << "seed " << seed << " run " << run << " " << graph.value(id).name;
      }
      ASSERT_TRUE(outputs.at(0) == expected.at(graph.outputs[0]))
          << "seed " << seed << " run " << run;
      ASSERT_TRUE(outputs.at(1) == expected.at(graph.outputs[1]))
          << "seed " << seed << " run " << run;
      ASSERT_TRUE(outputs.at(2) == input);
      ASSERT_TRUE(outputs.at(3) == integers({2, 3, 16}));
    }
  }
}

TEST(Executor, ShowsInputsAndEachResultOnce) {
  const Graph graph =
      GraphBuilder().node("Relu", {"x"}, {"a"}).node("Add", {"a", "x"}, {"y"}).build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  Recorder recorder;
  executor.run({{Tensor::scalar(-2.0f)}}, &recorder);
  std::vector<std::string> names;
  for (const auto& [id, tensor] : recorder.seen) names.push_back(graph.value(id).name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "a", "y"}));
}

TEST(Executor, ThreadsShareAProgramAndGetTheSameBits) {
#ifdef __EMSCRIPTEN__
  GTEST_SKIP() << "this program has no threads";
#endif
  const Graph graph = random_graph(7);
  const auto program = Program::compile(graph, kOpset);
  Random random(8);
  std::vector<Tensor> inputs;
  for (int i = 0; i < 16; ++i) inputs.push_back(random.tensor({2, 3, 4, 4}));
  const auto run_all = [&](std::vector<Tensor>& results) {
    Executor executor(program);
    for (const Tensor& input : inputs) results.push_back(executor.run({{input}}).at(0));
  };
  std::vector<Tensor> one, two;
  std::thread other(run_all, std::ref(one));
  run_all(two);
  other.join();
  EXPECT_TRUE(one == two);
}

TEST(Executor, FollowsInputShapesThatChange) {
  const Graph graph = GraphBuilder()
                          .node("Shape", {"x"}, {"shape"})
                          .node("Exp", {"x"}, {"e"})
                          .node("Reshape", {"e", "shape"}, {"y"})
                          .build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  Random random(9);
  for (const std::int64_t n : {3, 3, 700, 700, 1, 0, 3}) {
    const auto y = executor.run({{random.tensor({2, n})}}).at(0);
    EXPECT_EQ(y.shape(), (Shape{2, n}));
  }
}

TEST(Executor, FollowsShapesThatDependOnValues) {
  const Graph graph = GraphBuilder()
                          .constant("one", integers({1}))
                          .node("Relu", {"x"}, {"r"})
                          .node("Expand", {"r", "n"}, {"wide"})
                          .node("Neg", {"wide"}, {"minus"})
                          .node("Add", {"minus", "r"}, {"y"})
                          .build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  const Tensor x = Tensor::of<float>({1, 2}, std::vector<float>{1.0f, 2.0f});
  for (const std::int64_t n : {2, 2, 5000, 5000, 3, 2}) {
    const auto y = executor.run({{x, integers({n, 2})}}).at(0);
    ASSERT_EQ(y.shape(), (Shape{n, 2}));
    for (const float value : y.data<float>()) ASSERT_EQ(value, 0.0f);
  }
}

TEST(Executor, PlansLessThanTheSumOfAllTensors) {
  GraphBuilder builder;
  for (int i = 0; i < 10; ++i) {
    builder.node("Relu", {"v" + std::to_string(i)}, {"v" + std::to_string(i + 1)});
  }
  const Graph graph = builder.build({"v10"});
  Executor executor(Program::compile(graph, kOpset));
  Random random(10);
  executor.run({{random.tensor({1000})}});
  EXPECT_EQ(executor.arena_bytes(), 4032u);  // every Relu works in place; 4000 bytes, aligned to 64
}

TEST(Executor, RefusesInputsThatDoNotFit) {
  Graph graph = GraphBuilder().node("Relu", {"x"}, {"y"}).build({"y"});
  graph.value(graph.inputs[0]).type = {
      DataType::kFloat, DeclaredShape{std::string("batch"), std::int64_t{3}}, {}};
  Executor executor(Program::compile(graph, kOpset));
  Random random(11);
  EXPECT_EQ(executor.run({{random.tensor({5, 3})}}).at(0).shape(), (Shape{5, 3}));
  const auto code_of = [&](std::vector<Tensor> inputs) -> std::string {
    try {
      executor.run(inputs);
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  };
  EXPECT_EQ(code_of({}), "XQ-RT-002");
  EXPECT_EQ(code_of({random.tensor({5, 4})}), "XQ-RT-002");
  EXPECT_EQ(code_of({random.tensor({5})}), "XQ-RT-002");
  EXPECT_EQ(code_of({integers({1, 2, 3})}), "XQ-RT-002");
  EXPECT_EQ(code_of({random.tensor({5, 3})}), "");
}

TEST(Executor, RefusesResultsThatCannotLieInMemory) {
  const Graph graph = GraphBuilder().node("ConstantOfShape", {"shape"}, {"y"}).build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  EXPECT_EQ(executor.run({{integers({2, 3})}}).at(0).shape(), (Shape{2, 3}));
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  for (const Tensor& shape :
       {integers({-1}), integers({kHuge, kHuge}), integers({kHuge, 2, kHuge})}) {
    EXPECT_THROW(executor.run({{shape}}), Error);
  }
  try {
    executor.run({{integers({1'000'030, 1'000'030})}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "The result would have the shape [1000030,1000030], more than memory holds.");
    EXPECT_EQ(error.place().node, "ConstantOfShape 'y'");
    EXPECT_NE(error.fix().find("input_shape"), std::string::npos);
  }
}

TEST(Executor, NamesTheNodeThatCannotRun) {
  const Graph graph = GraphBuilder().node("Add", {"a", "b"}, {"y"}).build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  Random random(12);
  try {
    executor.run({{random.tensor({2, 3}), random.tensor({4})}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-003");
    EXPECT_NE(std::string(error.what()).find("Add 'y'"), std::string::npos) << error.what();
  }
}

/// No node without its operand, and no order that is none, reaches a kernel.
TEST(Executor, RefusesNodesThatNoExporterWrites) {
  const auto code_of = [](const GraphBuilder& builder) -> std::string {
    GraphBuilder graph = builder;
    try {
      Random random(13);
      Executor(Program::compile(graph.build({"y"}), kOpset)).run({{random.tensor({2, 3})}});
    } catch (const Error& error) {
      return error.code() + " at " + error.place().node;
    }
    return "";
  };
  EXPECT_EQ(code_of(GraphBuilder().node("Flatten", {}, {"y"})), "XQ-RT-003 at Flatten 'y'");
  EXPECT_EQ(code_of(GraphBuilder().node("ConstantOfShape", {"x"}, {"y"}, {{"value", 1.0F}})),
            "XQ-RT-003 at ConstantOfShape 'y'");
  const std::vector<std::int64_t> twice = {-1, 1};
  EXPECT_EQ(code_of(GraphBuilder().node("Transpose", {"x"}, {"y"}, {{"perm", twice}})),
            "XQ-RT-003 at Transpose 'y'");
  const std::vector<std::int64_t> from_the_end = {-1, 0};
  EXPECT_EQ(code_of(GraphBuilder().node("Transpose", {"x"}, {"y"}, {{"perm", from_the_end}})), "");
}

}  // namespace
}  // namespace xquant::runtime
