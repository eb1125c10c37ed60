#include "runtime/prepared_kernels.h"

#include <gtest/gtest.h>

#include <vector>

#include "graph/small_graph.h"
#include "runtime/executor.h"
#include "runtime/node_runner.h"
#include "runtime/program.h"

namespace xquant::runtime {
namespace {

const OpsetImports kOpset{{"", 13}};

/// x [1, 2, 3, 3] -> Conv with these weights and pads on all sides.
SmallGraph conv_graph(const Tensor& weights, std::int64_t pad = 0) {
  SmallGraph g;
  const ValueId w = g.graph.add_constant("w", weights);
  g.output(g.op("Conv", {g.input("x", {1, 2, 3, 3}), w}, "y",
                {{"pads", std::vector<std::int64_t>{pad, pad, pad, pad}}}));
  return g;
}

Tensor weights_of(float first) {
  return Tensor::of<float>({1, 2, 1, 1}, std::vector<float>{first, 2});
}

std::vector<float> run(const std::shared_ptr<const Program>& program) {
  std::vector<float> x;
  for (int i = 0; i < 18; ++i) x.push_back(static_cast<float>(i) * 0.25F - 2);
  const Tensor y = Executor(program).run(std::vector{Tensor::of<float>({1, 2, 3, 3}, x)})[0];
  return {y.data<float>().begin(), y.data<float>().end()};
}

TEST(PreparedKernels, AreFoundByNodeAndMemory) {
  const Tensor weights = weights_of(1), equal = weights_of(1);
  const Node node{.name = "a", .op_type = "Conv"}, other{.name = "b", .op_type = "Conv"};
  const Node padded{.name = "a", .op_type = "Conv", .attributes = {{"group", std::int64_t{2}}}};
  const std::vector<const Tensor*> constants{nullptr, &weights};
  PreparedKernels kernels;
  const std::shared_ptr<const Kernel> kernel = make_kernel(node, kOpset, constants);
  kernels.add(node, 13, constants, kernel);
  EXPECT_EQ(kernels.find(other, 13, constants), kernel);  // names do not matter
  EXPECT_EQ(kernels.find(padded, 13, constants), nullptr);
  EXPECT_EQ(kernels.find(node, 12, constants), nullptr);
  EXPECT_EQ(kernels.find(node, 13, std::vector<const Tensor*>{nullptr, &equal}), nullptr);
  EXPECT_EQ(kernels.find(node, 13, std::vector<const Tensor*>{nullptr, &weights, &weights}),
            nullptr);
  const Tensor turned = weights.reshaped({2, 1, 1, 1});
  EXPECT_EQ(kernels.find(node, 13, std::vector<const Tensor*>{nullptr, &turned}), nullptr);
}

TEST(PreparedKernels, DoNotTakeLaterMemoryForTheirOwn) {
  const Node node{.name = "a", .op_type = "Conv"};
  PreparedKernels kernels;
  auto weights = std::make_unique<Tensor>(weights_of(1));
  const std::vector<const Tensor*> constants{nullptr, weights.get()};
  kernels.add(node, 13, constants, make_kernel(node, kOpset, constants));
  weights.reset();
  for (int i = 0; i < 100; ++i) {  // one of these gets the address
    const Tensor later = weights_of(5);
    EXPECT_EQ(kernels.find(node, 13, std::vector<const Tensor*>{nullptr, &later}), nullptr);
  }
}

TEST(PreparedKernels, MakeProgramsOfOneModelShareWeightsAndNothingElse) {
  const Tensor weights = weights_of(1);
  const auto first = Program::compile(conv_graph(weights).graph, kOpset);
  const CompileOptions options{.weights_of = first.get()};
  const auto same = Program::compile(conv_graph(weights).graph, kOpset, options);
  EXPECT_EQ(run(same), run(first));
  const auto changed = Program::compile(conv_graph(weights_of(3)).graph, kOpset, options);
  EXPECT_EQ(run(changed), run(Program::compile(conv_graph(weights_of(3)).graph, kOpset)));
  const auto padded = Program::compile(conv_graph(weights, 1).graph, kOpset, options);
  EXPECT_EQ(run(padded).size(), 25U);
}

TEST(WideWeights, ArePackedWhenTheyAreUsedAndGiveTheSameBits) {
  constexpr std::int64_t kInputs = 2048, kOutputs = 4224;  // 34.6 MB, two halves of 17.3
  std::vector<float> values(static_cast<std::size_t>(kInputs * kOutputs));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 2654435761U) % 1021) * 0.01F - 5;
  std::vector<float> x;
  for (std::int64_t i = 0; i < 3 * kInputs; ++i) x.push_back(static_cast<float>(i % 97) * 0.1F - 4);
  const Tensor input = Tensor::of<float>({3, kInputs}, x);
  const Attributes transposed{{"transB", std::int64_t{1}}};
  const auto product = [&](std::int64_t begin, std::int64_t end, std::size_t& packed) {
    SmallGraph g;
    const std::span<const float> rows =
        std::span(values).subspan(static_cast<std::size_t>(begin * kInputs),
                                  static_cast<std::size_t>((end - begin) * kInputs));
    const ValueId w = g.graph.add_constant("w", Tensor::of<float>({end - begin, kInputs}, rows));
    g.output(g.op("Gemm", {g.input("x", {3, kInputs}), w}, "y", transposed));
    const auto program = Program::compile(g.graph, kOpset);
    packed = program->weight_bytes();
    return Executor(program).run(std::vector{input})[0];
  };
  std::size_t bytes = 0, half_bytes = 0;
  const Tensor whole = product(0, kOutputs, bytes);
  const Tensor left = product(0, kOutputs / 2, half_bytes);
  const Tensor right = product(kOutputs / 2, kOutputs, half_bytes);
  EXPECT_LE(bytes, values.size() * sizeof(float));  // no packed copy
  for (std::int64_t row = 0; row < 3; ++row) {
    for (std::int64_t i = 0; i < kOutputs; ++i) {
      const Tensor& half = i < kOutputs / 2 ? left : right;
      ASSERT_EQ(
          whole.data<float>()[static_cast<std::size_t>(row * kOutputs + i)],
          half.data<float>()[static_cast<std::size_t>(row * kOutputs / 2 + i % (kOutputs / 2))]);
    }
  }
}

}  // namespace
}  // namespace xquant::runtime
