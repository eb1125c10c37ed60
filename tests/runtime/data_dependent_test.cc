// Operators whose result's size depends on values, run on different values by one executor.

#include <gtest/gtest.h>

#include "runtime/build_graph.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

Tensor vector_of(const Floats& values) {
  return Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values);
}

template <typename T>
std::vector<T> elements(const Tensor& tensor) {
  const auto data = tensor.data<T>();
  return {data.begin(), data.end()};
}

TEST(DataDependentShapes, NonZeroFollowsTheValuesOfEveryRun) {
  const Graph graph = GraphBuilder()
                          .node("NonZero", {"x"}, {"indices"})
                          .node("Transpose", {"indices"}, {"rows"})
                          .node("GatherND", {"x", "rows"}, {"y"})
                          .build({"y"});
  Executor executor(Program::compile(graph, {{"", 13}}));
  for (const Floats& values : {Floats{0, 3, 0, 5}, Floats{1, 2, 3, 4}, Floats{0, 0, 0, 0},
                               Floats{0, 0, 7, 0}, Floats{1, 2, 3, 4}}) {
    Floats expected = values;
    std::erase(expected, 0.0f);
    const Tensor x = vector_of(values);
    EXPECT_EQ(elements<float>(executor.run({&x, 1})[0]), expected);
  }
}

TEST(DataDependentShapes, UniqueFollowsTheValuesOfEveryRun) {
  const Graph graph = GraphBuilder().node("Unique", {"x"}, {"y", "", "z", "n"}).build({"y", "n"});
  Executor executor(Program::compile(graph, {{"", 13}}));
  const struct {
    Floats values, different;
    Integers counts;
  } runs[] = {{{2, 1, 2, 2}, {1, 2}, {1, 3}},
              {{4, 3, 2, 1}, {1, 2, 3, 4}, {1, 1, 1, 1}},
              {{5, 5, 5, 5}, {5}, {4}}};
  for (const auto& run : runs) {
    const Tensor x = vector_of(run.values);
    const std::vector<Tensor> results = executor.run({&x, 1});
    EXPECT_EQ(elements<float>(results[0]), run.different);
    EXPECT_EQ(elements<std::int64_t>(results[1]), run.counts);
  }
}

TEST(DataDependentShapes, SuppressionFollowsTheBoxesOfEveryRun) {
  const Graph graph =
      GraphBuilder()
          .constant("scores", Tensor::of<float>({1, 1, 3}, Floats{0.9f, 0.8f, 0.7f}))
          .constant("most", Tensor::scalar(std::int64_t{10}))
          .constant("iou", Tensor::scalar(0.5f))
          .node("NonMaxSuppression", {"x", "scores", "most", "iou"}, {"y"})
          .build({"y"});
  Executor executor(Program::compile(graph, {{"", 13}}));
  const auto run = [&](const Floats& boxes) {
    const Tensor x = Tensor::of<float>({1, 3, 4}, boxes);
    return elements<std::int64_t>(executor.run({&x, 1})[0]);
  };
  const Floats same{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1};
  const Floats apart{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
  EXPECT_EQ(run(same), (Integers{0, 0, 0}));
  EXPECT_EQ(run(apart), (Integers{0, 0, 0, 0, 0, 1, 0, 0, 2}));
  EXPECT_EQ(run(same), (Integers{0, 0, 0}));
}

TEST(DataDependentShapes, RefuseIndicesThatWouldReadElsewhere) {
  const auto refuses = [](const std::string& type, const Tensor& data, const Tensor& indices) {
    const Graph graph = GraphBuilder()
                            .constant("d", data)
                            .constant("i", indices)
                            .node(type, {"d", "i"}, {"y"})
                            .build({"y"});
    Executor executor(Program::compile(graph, {{"", 13}}));
    EXPECT_THROW(executor.run({}), Error) << type;
  };
  const Tensor data = Tensor::of<float>({2, 2}, Floats{1, 2, 3, 4});
  refuses("GatherElements", data, Tensor::of<std::int64_t>({1, 3}, Integers{0, 0, 0}));
  refuses("GatherElements", data, Tensor::of<std::int64_t>({1, 2}, Integers{0, 2}));
  refuses("GatherND", data, Tensor::of<std::int64_t>({1, 2}, Integers{0, -3}));
  refuses("GatherND", data, Tensor::of<std::int64_t>({1, 3}, Integers{0, 0, 0}));
}

}  // namespace
}  // namespace xquant::runtime
