#include <gtest/gtest.h>

#include <set>

#include "runtime/build_graph.h"
#include "runtime/executor.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

using Ints = std::vector<std::int64_t>;

Tensor ints(const Ints& values) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

/// How a shuffle of [batch, channels, 2, 3] into `parts` parts is written.
struct Case {
  std::int64_t batch, channels, parts;
  std::int64_t axis;  ///< of the Concat of two tensors; 9: there is none
  bool open;          ///< the last Reshape has a -1
};

constexpr Case kCases[] = {{1, 12, 2, 1, false}, {1, 12, 3, 1, true}, {1, 6, 2, 9, true},
                           {2, 12, 2, 1, false}, {3, 4, 2, 0, false}, {1, 12, 2, -3, false},
                           {1, 8, 4, 2, false}};

Graph graph_of(const Case& c) {
  const std::int64_t blocks = c.batch * c.channels / c.parts;
  GraphBuilder builder;
  builder.constant("split", ints({blocks, c.parts, 6}))
      .constant("joined", ints({c.parts, c.open ? -1 : c.batch, c.channels / c.parts, 2, 3}));
  if (c.axis != 9) builder.node("Concat", {"a", "b"}, {"all"}, {{"axis", c.axis}});
  builder.node("Reshape", {c.axis == 9 ? "a" : "all", "split"}, {"blocks"})
      .node("Transpose", {"blocks"}, {"turned"}, {{"perm", Ints{1, 0, 2}}})
      .node("Reshape", {"turned", "joined"}, {"parts"});
  std::vector<std::string> outputs;
  for (std::int64_t i = 0; i < c.parts; ++i) {
    const std::string at = std::to_string(i);
    builder.constant("index" + at, Tensor::scalar(i % 2 == 0 ? i : i - c.parts))
        .node("Gather", {"parts", "index" + at}, {"part" + at}, {{"axis", std::int64_t{0}}});
    outputs.push_back("part" + at);
  }
  return builder.build(outputs);
}

std::vector<Tensor> inputs_of(const Case& c) {
  Random random(3);
  Shape a{c.batch, c.channels, 2, 3}, b;
  if (c.axis != 9) {
    const auto axis = static_cast<std::size_t>(c.axis < 0 ? c.axis + 4 : c.axis);
    b = a;
    a[axis] = a[axis] / 3 + 1;
    b[axis] -= a[axis];
  }
  std::vector<Tensor> inputs{random.tensor(a)};
  if (!b.empty()) inputs.push_back(random.tensor(b));
  return inputs;
}

std::shared_ptr<const Program> compile(const Graph& graph,
                                       std::optional<std::vector<ValueId>> observed) {
  CompileOptions options;
  options.observed = std::move(observed);
  return Program::compile(graph, {{"", 13}}, options);
}

struct Names final : Observer {
  explicit Names(const Program& of) : program(of) {}
  void on_value(ValueId id, const TensorView&) override { seen.insert(program.value_name(id)); }
  const Program& program;
  std::set<std::string> seen;
};

TEST(ChannelShuffle, GivesWhatItsOperatorsGive) {
  for (const Case& c : kCases) {
    const Graph graph = graph_of(c);
    const std::vector<Tensor> inputs = inputs_of(c);
    const std::vector<Tensor> apart = Executor(compile(graph, std::nullopt)).run(inputs);
    const auto program = compile(graph, std::vector<ValueId>{});
    Names names(*program);
    Executor executor(program);
    EXPECT_TRUE(executor.run(inputs, &names) == apart) << "case " << &c - kCases;
    EXPECT_TRUE(executor.run(inputs) == apart) << "case " << &c - kCases << ", planned";
    for (const char* hidden : {"all", "blocks", "turned", "parts"})
      EXPECT_FALSE(names.seen.contains(hidden)) << hidden;
  }
}

TEST(ChannelShuffle, LeavesWhatIsSeen) {
  for (const char* seen : {"all", "blocks", "turned", "parts"}) {
    const Graph graph = graph_of(kCases[0]);
    const std::vector<Tensor> inputs = inputs_of(kCases[0]);
    const auto program = compile(graph, std::vector<ValueId>{graph.find_value(seen)});
    Names names(*program);
    const std::vector<Tensor> found = Executor(program).run(inputs, &names);
    EXPECT_TRUE(names.seen.contains(seen)) << seen;
    EXPECT_TRUE(found == Executor(compile(graph, std::nullopt)).run(inputs)) << seen;
  }
}

TEST(ChannelShuffle, LeavesOtherTurnsAndOtherReaders) {
  for (const bool turn : {false, true}) {
    GraphBuilder builder;
    builder.constant("split", ints({6, 2, 6}))
        .constant("joined", ints({2, 1, 6, 2, 3}))
        .constant("whole", ints({1, 12, 2, 3}))
        .constant("index", Tensor::scalar(std::int64_t{1}))
        .node("Reshape", {"a", "split"}, {"blocks"})
        .node("Transpose", {"blocks"}, {"turned"}, {{"perm", turn ? Ints{2, 1, 0} : Ints{1, 0, 2}}})
        .node("Reshape", {"turned", "joined"}, {"parts"})
        .node("Gather", {"parts", "index"}, {"part"})
        .node("Reshape", {"parts", "whole"}, {"y"});
    const Graph graph = builder.build({"part", "y"});
    Random random(4);
    const std::vector<Tensor> inputs{random.tensor({1, 12, 2, 3})};
    EXPECT_TRUE(Executor(compile(graph, std::vector<ValueId>{})).run(inputs) ==
                Executor(compile(graph, std::nullopt)).run(inputs));
  }
}

TEST(ChannelShuffle, RefusesOtherSizes) {
  const Graph graph = graph_of(kCases[2]);
  Random random(5);
  const std::vector<Tensor> inputs{random.tensor({1, 8, 2, 3})};
  EXPECT_THROW(Executor(compile(graph, std::nullopt)).run(inputs), Error);
  EXPECT_THROW(Executor(compile(graph, std::vector<ValueId>{})).run(inputs), Error);
}

}  // namespace
}  // namespace xquant::runtime
