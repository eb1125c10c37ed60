#include <gtest/gtest.h>

#include <set>

#include "base/thread_pool.h"
#include "runtime/build_graph.h"
#include "runtime/executor.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

/// A convolution that each algorithm gets: in, out, groups, kernel, stride, size.
struct Case {
  std::int64_t in, out, groups, kernel, stride, size;
};

constexpr Case kCases[] = {
    {3, 10, 1, 3, 2, 23},   // blocks of the padded image
    {16, 22, 1, 3, 1, 19},  // Winograd
    {9, 13, 1, 1, 1, 17},   // matrix product
    {8, 8, 8, 3, 1, 7},     // depthwise, narrow
    {4, 8, 4, 5, 2, 41},    // depthwise, wide
    {70, 18, 1, 5, 1, 40},  // several blocks
};

/// Conv, then LeakyRelu and Clip.
Graph graph_of(const Case& c) {
  Random random(4);
  GraphBuilder builder;
  builder.constant("w", random.tensor({c.out, c.in / c.groups, c.kernel, c.kernel}))
      .constant("b", random.tensor({c.out}))
      .constant("low", Tensor::scalar(-0.25f))
      .constant("high", Tensor::scalar(0.75f))
      .node("Conv", {"x", "w", "b"}, {"conv"},
            {{"strides", std::vector<std::int64_t>{c.stride, c.stride}},
             {"pads", std::vector<std::int64_t>(4, c.kernel / 2)},
             {"group", c.groups}})
      .node("LeakyRelu", {"conv"}, {"leaky"}, {{"alpha", 0.3f}})
      .node("Clip", {"leaky", "low", "high"}, {"y"});
  return builder.build({"y"});
}

struct Names final : Observer {
  explicit Names(const Program& of) : program(of) {}
  void on_value(ValueId id, const TensorView&) override { seen.insert(program.value_name(id)); }
  const Program& program;
  std::set<std::string> seen;
};

std::shared_ptr<const Program> compile(const Graph& graph,
                                       std::optional<std::vector<ValueId>> observed) {
  CompileOptions options;
  options.observed = std::move(observed);
  return Program::compile(graph, {{"", 13}}, options);
}

Tensor input_of(const Case& c) {
  Random random(5);
  return random.tensor({2, c.in, c.size, c.size});
}

TEST(Fusion, ChangesNoBit) {
  for (const Case& c : kCases) {
    const Graph graph = graph_of(c);
    const std::vector<Tensor> inputs{input_of(c)};
    const Tensor apart = Executor(compile(graph, std::nullopt)).run(inputs).at(0);
    const auto fused = compile(graph, std::vector<ValueId>{});
    Names names(*fused);
    Executor executor(fused);
    EXPECT_TRUE(executor.run(inputs, &names).at(0) == apart) << "case " << &c - kCases;
    EXPECT_TRUE(executor.run(inputs).at(0) == apart) << "case " << &c - kCases << ", planned";
    EXPECT_EQ(names.seen, (std::set<std::string>{"x", "y"}));
  }
}

TEST(Fusion, LeavesWhatIsObserved) {
  const Graph graph = graph_of(kCases[1]);
  const auto program = compile(graph, std::vector<ValueId>{graph.find_value("leaky")});
  Names names(*program);
  const std::vector<Tensor> inputs{input_of(kCases[1])};
  const Tensor y = Executor(program).run(inputs, &names).at(0);
  EXPECT_EQ(names.seen, (std::set<std::string>{"x", "leaky", "y"}));
  EXPECT_TRUE(y == Executor(compile(graph, std::nullopt)).run(inputs).at(0));
}

TEST(Fusion, LeavesWhatIsReadTwice) {
  Random random(6);
  GraphBuilder builder;
  builder.constant("w", random.tensor({4, 3, 3, 3}))
      .node("Conv", {"x", "w"}, {"conv"})
      .node("Relu", {"conv"}, {"relu"})
      .node("Add", {"conv", "relu"}, {"y"});
  const Graph graph = builder.build({"y"});
  const std::vector<Tensor> inputs{random.tensor({1, 3, 9, 9})};
  const Tensor apart = Executor(compile(graph, std::nullopt)).run(inputs).at(0);
  const Tensor together = Executor(compile(graph, std::vector<ValueId>{})).run(inputs).at(0);
  EXPECT_TRUE(apart == together);
}

/// Conv with int8 weights, then Relu, QuantizeLinear and DequantizeLinear.
Graph quantized_graph(DataType codes) {
  Random random(7);
  const Tensor zero = codes == DataType::kInt8 ? Tensor::scalar(std::int8_t{-7})
                                               : Tensor::scalar(std::uint8_t{130});
  std::vector<std::int8_t> weights(20 * 16 * 9);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<std::int8_t>(i * 37 % 255 - 127);
  GraphBuilder builder;
  builder.constant("w_codes", Tensor::of<std::int8_t>({20, 16, 3, 3}, weights))
      .constant("w_scale", Tensor::scalar(0.01f))
      .constant("scale", Tensor::scalar(0.037f))
      .constant("zero", zero)
      .node("DequantizeLinear", {"w_codes", "w_scale"}, {"w"})
      .node("Conv", {"x", "w"}, {"conv"})
      .node("Relu", {"conv"}, {"relu"})
      .node("QuantizeLinear", {"relu", "scale", "zero"}, {"codes"})
      .node("DequantizeLinear", {"codes", "scale", "zero"}, {"back"})
      .node("MaxPool", {"back"}, {"y"}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}});
  return builder.build({"y"});
}

TEST(Fusion, RoundsToCodesInTheTail) {
  for (const DataType codes : {DataType::kInt8, DataType::kUint8}) {
    const Graph graph = quantized_graph(codes);
    Random random(8);
    const std::vector<Tensor> inputs{random.tensor({1, 16, 11, 12})};
    const auto fused = compile(graph, std::vector<ValueId>{graph.find_value("back")});
    Names names(*fused);
    const Tensor y = Executor(fused).run(inputs, &names).at(0);
    EXPECT_EQ(names.seen, (std::set<std::string>{"x", "back", "y"}));
    const auto apart = compile(graph, std::nullopt);
    Names all(*apart);
    EXPECT_TRUE(y == Executor(apart).run(inputs, &all).at(0));
    EXPECT_EQ(all.seen, (std::set<std::string>{"x", "w", "conv", "relu", "codes", "back", "y"}));
  }
}

/// MatMul or Gemm, then arithmetic with a row and a scalar, and an activation.
Graph product_graph(const std::string& type, std::int64_t n) {
  Random random(9);
  GraphBuilder builder;
  builder.constant("w", random.tensor({24, n}))
      .constant("row", random.tensor({n}))
      .constant("scalar", Tensor::scalar(1.7f))
      .node(type, {"x", "w"}, {"product"})
      .node("Add", {"row", "product"}, {"sum"})
      .node("Gelu", {"sum"}, {"gelu"})
      .node("Div", {"gelu", "scalar"}, {"quotient"})
      .node("Sub", {"scalar", "quotient"}, {"y"});
  return builder.build({"y"});
}

TEST(Fusion, TakesArithmeticWithConstantsBehindProducts) {
  Random random(10);
  for (const std::int64_t n : {1, 7, 70}) {
    for (const std::string type : {"MatMul", "Gemm"}) {
      const Graph graph = product_graph(type, n);
      const std::vector<Tensor> inputs{random.tensor({133, 24})};
      const auto fused =
          Program::compile(graph, {{"", 20}}, CompileOptions{.observed = std::vector<ValueId>{}});
      const Tensor apart = Executor(Program::compile(graph, {{"", 20}})).run(inputs).at(0);
      Names names(*fused);
      EXPECT_TRUE(Executor(fused).run(inputs, &names).at(0) == apart) << type << " " << n;
      // The rows of a Gemm are scaled and shifted first, so that only scalars may follow.
      const bool all = type == "MatMul" || n == 1;
      EXPECT_EQ(names.seen.contains("sum"), !all) << type << " " << n;
      EXPECT_FALSE(names.seen.contains("quotient") && all);
      ThreadPool pool(2);
      EXPECT_TRUE(Executor(fused, &pool).run(inputs).at(0) == apart) << type << " " << n;
    }
  }
}

TEST(Fusion, LeavesRowsThatOnlyLookLikeThoseOfTheResult) {
  Random random(11);
  GraphBuilder builder;
  builder.constant("w", random.tensor({4, 3, 1, 1}))
      .constant("row", random.tensor({9}))
      .node("Conv", {"x", "w"}, {"conv"})
      .node("Add", {"conv", "row"}, {"y"});
  const Graph graph = builder.build({"y"});
  for (const std::int64_t width : {1, 9}) {  // 1: the row makes the result wider
    const std::vector<Tensor> inputs{random.tensor({1, 3, 9, width})};
    const Tensor apart = Executor(compile(graph, std::nullopt)).run(inputs).at(0);
    EXPECT_TRUE(Executor(compile(graph, std::vector<ValueId>{})).run(inputs).at(0) == apart);
  }
}

TEST(KnownValues, KeepDequantizedWeightsOnlyAsKernelsWantThem) {
  const Graph graph = quantized_graph(DataType::kInt8);
  const std::size_t packed = compile(graph, std::vector<ValueId>{})->weight_bytes();
  const std::size_t winograd = 20 * 16 * 16 * sizeof(float);
  EXPECT_GE(packed, winograd);
  EXPECT_LT(packed, winograd + 64);
}

TEST(Threads, InsideOperatorsChangeNoBit) {
  for (const int threads : {2, 3}) {
    ThreadPool pool(threads);
    for (const Case& c : kCases) {
      const auto program = compile(graph_of(c), std::vector<ValueId>{});
      const std::vector<Tensor> inputs{input_of(c)};
      Executor shared(program, &pool);
      const Tensor alone = Executor(program).run(inputs).at(0);
      EXPECT_TRUE(shared.run(inputs).at(0) == alone) << "case " << &c - kCases;
      EXPECT_TRUE(shared.run(inputs).at(0) == alone) << "case " << &c - kCases << ", planned";
    }
  }
}

}  // namespace
}  // namespace xquant::runtime
