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

/// Conv, then Relu or Clip and nothing else: convolutions take these bounds into their own hands.
Graph bounded_graph_of(const Case& c, bool clip) {
  Random random(7);
  GraphBuilder builder;
  builder.constant("w", random.tensor({c.out, c.in / c.groups, c.kernel, c.kernel}))
      .constant("b", random.tensor({c.out}))
      .constant("low", Tensor::scalar(-0.25f))
      .constant("high", Tensor::scalar(0.75f))
      .node("Conv", {"x", "w", "b"}, {"conv"},
            {{"strides", std::vector<std::int64_t>{c.stride, c.stride}},
             {"pads", std::vector<std::int64_t>(4, c.kernel / 2)},
             {"group", c.groups}});
  if (clip) {
    builder.node("Clip", {"conv", "low", "high"}, {"y"});
  } else {
    builder.node("Relu", {"conv"}, {"y"});
  }
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

TEST(Fusion, OfBoundsChangesNoBit) {
  for (const Case& c : kCases) {
    for (const bool clip : {false, true}) {
      const Graph graph = bounded_graph_of(c, clip);
      const std::vector<Tensor> inputs{input_of(c)};
      const Tensor apart = Executor(compile(graph, std::nullopt)).run(inputs).at(0);
      Executor executor(compile(graph, std::vector<ValueId>{}));
      EXPECT_TRUE(executor.run(inputs).at(0) == apart) << "case " << &c - kCases;
      EXPECT_TRUE(executor.run(inputs).at(0) == apart) << "case " << &c - kCases << ", planned";
    }
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

/// A graph whose element-wise steps are fused once shapes are known, its inputs, and what an
/// observer of nothing sees after that.
struct Chain {
  std::string name;
  Graph graph;
  std::vector<Tensor> inputs;
  std::set<std::string> seen;
};

std::vector<Chain> chains() {
  Random random(11);
  std::vector<Chain> all;
  const auto add = [&](std::string name, GraphBuilder& builder, std::vector<Tensor> inputs,
                       std::set<std::string> seen) {
    all.push_back({std::move(name), builder.build({"y"}), std::move(inputs), std::move(seen)});
  };
  const std::vector<std::int64_t> pads(4, 1);
  {  // two blocks of a residual network
    GraphBuilder builder;
    for (const char* weights : {"w0", "w1", "w2"})
      builder.constant(weights, random.tensor({16, 16, 3, 3}));
    builder.node("Conv", {"x", "w0"}, {"c0"}, {{"pads", pads}})
        .node("Add", {"c0", "x"}, {"a0"})
        .node("Relu", {"a0"}, {"r0"})
        .node("Conv", {"r0", "w1"}, {"c1"}, {{"pads", pads}})
        .node("Conv", {"r0", "w2"}, {"c2"}, {{"pads", pads}})
        .node("Sub", {"c1", "c2"}, {"a1"})
        .node("Mul", {"r0", "a1"}, {"y"});
    add("residual", builder, {random.tensor({2, 16, 13, 11})}, {"x", "r0", "c1", "y"});
  }
  {  // both operands of a product are data; the last Add broadcasts
    GraphBuilder builder;
    builder.constant("c", Tensor::scalar(3.0f))
        .node("MatMul", {"x", "x2"}, {"m"})
        .node("Div", {"m", "c"}, {"d"})
        .node("Add", {"d", "mask"}, {"y"});
    add("attention", builder,
        {random.tensor({2, 3, 9, 5}), random.tensor({2, 3, 5, 9}), random.tensor({1, 1, 1, 9})},
        {"x", "x2", "mask", "d", "y"});
  }
  {  // nothing but element-wise steps, in several pieces
    GraphBuilder builder;
    builder.constant("row", random.tensor({257}))
        .node("Sigmoid", {"x"}, {"s"})
        .node("Mul", {"x", "s"}, {"silu"})
        .node("Add", {"silu", "row"}, {"shifted"})
        .node("Max", {"shifted", "x2"}, {"most"})
        .node("PRelu", {"x2", "most"}, {"p"})
        .node("Div", {"p", "x"}, {"y"});
    add("element-wise", builder, {random.tensor({33, 257}), random.tensor({33, 257})},
        {"x", "x2", "y"});
  }
  {  // x2 is not there yet when the convolution runs
    GraphBuilder builder;
    builder.constant("w", random.tensor({4, 3, 3, 3}))
        .node("Conv", {"x", "w"}, {"c"}, {{"pads", pads}})
        .node("MaxPool", {"x2"}, {"later"},
              {{"kernel_shape", std::vector<std::int64_t>{3, 3}}, {"pads", pads}})
        .node("Add", {"later", "c"}, {"y"});
    add("too early", builder, {random.tensor({1, 3, 8, 8}), random.tensor({1, 4, 8, 8})},
        {"x", "x2", "c", "later", "y"});
  }
  return all;
}

TEST(FusedChains, ChangeNoBit) {
  ThreadPool pool(3);
  for (const Chain& chain : chains()) {
    const Tensor apart = Executor(compile(chain.graph, std::nullopt)).run(chain.inputs).at(0);
    const auto program = compile(chain.graph, std::vector<ValueId>{});
    for (ThreadPool* threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
      Executor executor(program, threads);
      EXPECT_TRUE(executor.run(chain.inputs).at(0) == apart) << chain.name << ", learning";
      for (int i = 0; i < 2; ++i) {
        Names names(*program);
        EXPECT_TRUE(executor.run(chain.inputs, &names).at(0) == apart) << chain.name;
        EXPECT_EQ(names.seen, chain.seen) << chain.name;
      }
    }
  }
}

TEST(FusedChains, ComeAndGoWithShapes) {
  Random random(12);
  GraphBuilder builder;
  builder.node("Sigmoid", {"x"}, {"s"}).node("Mul", {"s", "x2"}, {"y"});
  const Graph graph = builder.build({"y"});
  Executor apart(compile(graph, std::nullopt)), fused(compile(graph, std::vector<ValueId>{}));
  const Shape shapes[][2] = {{{4, 6}, {4, 6}}, {{4, 6}, {6}}, {{4, 1}, {4, 6}}, {{4, 6}, {4, 6}}};
  for (const auto& [left, right] : shapes) {
    const std::vector<Tensor> inputs{random.tensor(left), random.tensor(right)};
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(fused.run(inputs) == apart.run(inputs));
  }
}

TEST(FusedChains, AreOfFloatsOnly) {
  GraphBuilder builder;
  builder.node("Add", {"x", "x2"}, {"s"}).node("Mul", {"s", "x"}, {"y"});
  const Graph graph = builder.build({"y"});
  Executor apart(compile(graph, std::nullopt)), fused(compile(graph, std::vector<ValueId>{}));
  const auto check = [&](const Tensor& x, const Tensor& x2) {
    const std::vector<Tensor> inputs{x, x2};
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(fused.run(inputs) == apart.run(inputs));
      EXPECT_EQ(fused.run(inputs).at(0).type(), x.type());
    }
  };
  check(Tensor::of<double>({3}, std::vector<double>{1, 2, 3}),
        Tensor::of<double>({3}, std::vector<double>{5, 0.1, 7}));
  check(Tensor::of<float>({3}, std::vector<float>{1, 2, 3}),
        Tensor::of<float>({3}, std::vector<float>{5, 0.1f, 7}));
  check(Tensor::of<std::int32_t>({3}, std::vector<std::int32_t>{1, 2, 3}),
        Tensor::of<std::int32_t>({3}, std::vector<std::int32_t>{5, -1, 7}));
}

}  // namespace
}  // namespace xquant::runtime
