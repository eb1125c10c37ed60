#include <gtest/gtest.h>

#include <memory>

#include "runtime/build_graph.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

const OpsetImports kOpset{{"", 17}};

/// A subgraph with these inputs; other names without a producer are values of enclosing graphs.
std::shared_ptr<const Graph> subgraph(GraphBuilder& builder, const std::vector<std::string>& inputs,
                                      const std::vector<std::string>& outputs) {
  Graph graph = builder.build(outputs);
  graph.inputs.clear();
  for (const std::string& input : inputs) {
    ValueId id = graph.find_value(input);
    if (id == ValueId::kNone) id = graph.add_value(input);
    graph.inputs.push_back(id);
  }
  return std::make_shared<const Graph>(std::move(graph));
}

Tensor floats(const std::vector<float>& values) {
  return Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values);
}
Tensor condition(bool value) { return Tensor::scalar<bool>(value); }

Graph choice() {
  GraphBuilder then_branch, else_branch, outer;
  then_branch.node("Identity", {"a"}, {"t"});
  else_branch.node("Concat", {"a", "b"}, {"e"}, {{"axis", std::int64_t{0}}});
  outer.node("Relu", {"x"}, {"a"});
  outer.node("Neg", {"a"}, {"b"});
  outer.node("If", {"which"}, {"y"},
             {{"then_branch", subgraph(then_branch, {}, {"t"})},
              {"else_branch", subgraph(else_branch, {}, {"e"})}});
  outer.node("Exp", {"x"}, {"later"});  // may take the memory of a
  outer.node("Abs", {"y"}, {"z"});
  return outer.build({"y", "z", "later"});
}

TEST(If, TakesValuesFromOutsideAndItsShapesMayChangeFromRunToRun) {
  const Graph graph = choice();
  CompileOptions options;
  options.outputs = {graph.outputs.begin(), graph.outputs.end()};
  Executor executor(Program::compile(graph, kOpset, options));
  const auto inputs = [&](bool which) {
    std::vector<Tensor> given;
    for (const ValueId id : executor.program().inputs())
      given.push_back(executor.program().value_name(id) == "which" ? condition(which)
                                                                   : floats({1.0f, -2.0f, 3.0f}));
    return given;
  };
  for (const bool which : {true, true, false, false, true}) {
    const auto got = executor.run(inputs(which));
    const Tensor expected = which ? floats({1, 0, 3}) : floats({1, 0, 3, -1, -0.0f, -3});
    EXPECT_TRUE(got.at(0) == expected) << which;
    EXPECT_EQ(got.at(1).shape(), expected.shape());
    EXPECT_EQ(got.at(1).data<float>().back(), 3.0f);
  }
}

/// while (i < trips): total = total + step; collect total.
Graph sums() {
  GraphBuilder body, outer;
  body.node("Identity", {"go_on"}, {"go_on_out"});
  body.node("Add", {"total", "step"}, {"total_out"});
  body.node("Identity", {"total_out"}, {"each"});
  Graph inner = body.build({"go_on_out", "total_out", "each"});
  inner.inputs.clear();
  for (const char* name : {"i", "go_on", "total"}) {
    ValueId id = inner.find_value(name);
    if (id == ValueId::kNone) id = inner.add_value(name);
    inner.inputs.push_back(id);
  }
  inner.value(inner.find_value("each")).type = {DataType::kFloat, DeclaredShape{std::int64_t{2}}};
  outer.node("Loop", {"trips", "", "start"}, {"last", "all"},
             {{"body", std::make_shared<const Graph>(std::move(inner))}});
  return outer.build({"last", "all"});
}

TEST(Loop, CarriesValuesAndCollectsOthersAlsoWithoutAnyIteration) {
  const Graph graph = sums();
  Executor executor(Program::compile(graph, kOpset));
  for (const std::int64_t trips : {3, 0, 1, 3}) {
    std::vector<Tensor> given;
    for (const ValueId id : executor.program().inputs()) {
      const std::string& name = executor.program().value_name(id);
      if (name == "trips")
        given.push_back(Tensor::scalar<std::int64_t>(trips));
      else
        given.push_back(name == "start" ? floats({0, 10}) : floats({1, 2}));
    }
    const auto got = executor.run(given);
    const auto t = static_cast<float>(trips);
    EXPECT_TRUE(got.at(0) == floats({t, 10 + 2 * t})) << trips;
    EXPECT_EQ(got.at(1).shape(), (Shape{trips, 2}));
    if (trips > 1) EXPECT_EQ(got.at(1).data<float>()[2], 2.0f);
  }
}

TEST(ControlFlow, ASubgraphOfASubgraphReadsTheOutermostGraph) {
  GraphBuilder innermost, other, middle, empty, outer;
  innermost.node("Add", {"x", "one"}, {"sum"});
  other.node("Identity", {"x"}, {"same"});
  middle.node("If", {"second"}, {"m"},
              {{"then_branch", subgraph(innermost, {}, {"sum"})},
               {"else_branch", subgraph(other, {}, {"same"})}});
  empty.node("Neg", {"x"}, {"n"});
  outer.constant("one", floats({1.0f}));
  outer.node(
      "If", {"first"}, {"y"},
      {{"then_branch", subgraph(middle, {}, {"m"})}, {"else_branch", subgraph(empty, {}, {"n"})}});
  const Graph graph = outer.build({"y"});
  Executor executor(Program::compile(graph, kOpset));
  for (const bool first : {true, false}) {
    for (const bool second : {true, false}) {
      std::vector<Tensor> given;
      for (const ValueId id : executor.program().inputs()) {
        const std::string& name = executor.program().value_name(id);
        given.push_back(name == "x" ? floats({5.0f}) : condition(name == "first" ? first : second));
      }
      const float expected = first ? (second ? 6.0f : 5.0f) : -5.0f;
      EXPECT_EQ(executor.run(given).at(0).data<float>()[0], expected) << first << second;
    }
  }
}

TEST(ControlFlow, AnOperatorThatIsMissingInABranchIsRefusedBeforeTheRun) {
  GraphBuilder then_branch, else_branch, outer;
  then_branch.node("NoSuchOperator", {"x"}, {"t"});
  else_branch.node("Relu", {"x"}, {"e"});
  outer.node("If", {"which"}, {"y"},
             {{"then_branch", subgraph(then_branch, {}, {"t"})},
              {"else_branch", subgraph(else_branch, {}, {"e"})}});
  try {
    Program::compile(outer.build({"y"}), kOpset);
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-001");
    EXPECT_NE(std::string(error.what()).find("NoSuchOperator"), std::string::npos);
  }
}

}  // namespace
}  // namespace xquant::runtime
