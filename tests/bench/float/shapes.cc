#include <algorithm>
#include <chrono>
#include <sstream>
#include <vector>

#include "bench/float/measure.h"
#include "runtime/build_graph.h"
#include "runtime/executor.h"
#include "runtime/gemm/gemm.h"
#include "runtime/random.h"

namespace xquant::bench {
namespace {

using runtime::Random;

/// Shortest time of one call in seconds.
template <typename Function>
double best_seconds(Function&& function) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9, total = 0;
  function();
  while (total < 0.15) {
    const auto start = Clock::now();
    function();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
}

double peak() {
  constexpr std::size_t kSteps = 200000;
  double best = 1e9;
  for (int i = 0; i < 50; ++i) best = std::min(best, peak_seconds(kSteps));
  return peak_operations() * kSteps / best * 1e-9;
}

/// Runs one node on a random input of that shape.
double run_node(runtime::GraphBuilder& builder, const Shape& shape, double operations) {
  const Graph graph = builder.build({"y"});
  runtime::Executor executor(runtime::Program::compile(graph, {{"", 17}}));
  Random random(3);
  const Tensor x = random.tensor(shape);
  const std::vector<runtime::TensorView> views{runtime::view_of(x)};
  executor.run_views(views);
  return operations / best_seconds([&] { executor.run_views(views); }) * 1e-9;
}

/// MatMul [m][k] * [k][n] with a constant right-hand side; one number: all three.
double gemm(std::istream& in) {
  std::int64_t m = 0, k = 0, n = 0;
  in >> m;
  if (!(in >> k >> n)) k = n = m;
  Random random(1);
  runtime::GraphBuilder builder;
  builder.constant("b", random.tensor({k, n})).node("MatMul", {"x", "b"}, {"y"});
  return run_node(builder, {m, k},
                  2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n));
}

double conv(std::istream& in) {
  std::int64_t from = 0, to = 0, size = 0, kernel = 0, stride = 0, groups = 0;
  in >> from >> to >> size >> kernel >> stride >> groups;
  Random random(2);
  runtime::GraphBuilder builder;
  const std::int64_t pad = kernel / 2;
  builder.constant("w", random.tensor({to, from / groups, kernel, kernel}))
      .constant("b", random.tensor({to}))
      .node("Conv", {"x", "w", "b"}, {"y"},
            {{"strides", std::vector<std::int64_t>{stride, stride}},
             {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}},
             {"group", groups}});
  const std::int64_t out = (size + 2 * pad - kernel) / stride + 1;
  return run_node(builder, {1, from, size, size},
                  2.0 * static_cast<double>(to * from / groups * kernel * kernel * out * out));
}

/// Conv of one dimension, without padding.
double conv1d(std::istream& in) {
  std::int64_t from = 0, to = 0, size = 0, kernel = 0;
  in >> from >> to >> size >> kernel;
  Random random(2);
  runtime::GraphBuilder builder;
  builder.constant("w", random.tensor({to, from, kernel})).node("Conv", {"x", "w"}, {"y"});
  return run_node(builder, {1, from, size},
                  2.0 * static_cast<double>(to * from * kernel * (size - kernel + 1)));
}

/// An element-wise operator on numbers of that size: nanoseconds for each.
double map(std::istream& in) {
  std::string op;
  float size = 1;
  in >> op >> size;
  constexpr std::int64_t kCount = 64 * 1024;
  Random random(5);
  runtime::GraphBuilder builder;
  builder.node(op, {"x"}, {"y"});
  const Graph graph = builder.build({"y"});
  runtime::Executor executor(runtime::Program::compile(graph, {{"", 20}}));
  std::vector<float> numbers = random.numbers(kCount);
  for (float& value : numbers) value *= size;
  const Tensor x = Tensor::of<float>({kCount}, numbers);
  const std::vector<runtime::TensorView> views{runtime::view_of(x)};
  executor.run_views(views);
  return best_seconds([&] { executor.run_views(views); }) / kCount * 1e9;
}

/// Milliseconds to compile a graph of that many nodes and to plan its arena, which its first run
/// does.
double plan_nodes(std::istream& in) {
  int count = 0;
  in >> count;
  Random random(4);
  runtime::GraphBuilder builder;
  const auto name = [](int i) { return "v" + std::to_string(std::max(0, i)); };
  for (int i = 1; i <= count; ++i) {
    if (i % 2 == 0) {
      builder.node("Relu", {name(i - 1)}, {name(i)});
    } else {
      builder.node("Add", {name(i - 1), name(i - 6)}, {name(i)});
    }
  }
  const Graph graph = builder.build({name(count)});
  const Tensor x = random.tensor({1, 16});
  const std::vector<runtime::TensorView> views{runtime::view_of(x)};
  const auto start = std::chrono::steady_clock::now();
  runtime::Executor executor(runtime::Program::compile(graph, {{"", 17}}));
  executor.run_views(views);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

double gigaflops(const std::string& what) {
  std::istringstream in(what);
  std::string kind;
  in >> kind;
  if (kind == "gemm") return gemm(in);
  if (kind == "conv") return conv(in);
  if (kind == "conv1d") return conv1d(in);
  if (kind == "map") return map(in);
  if (kind == "nodes") return plan_nodes(in);
  return peak();
}

}  // namespace xquant::bench
