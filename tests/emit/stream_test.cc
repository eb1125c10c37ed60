#include "quantize/reconstruct/stream.h"

#include <gtest/gtest.h>

#include "emit/emitted.h"
#include "runtime/executor.h"

namespace xquant::emit {
namespace {

std::vector<float> wave(std::int64_t count, int step) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>((i * step) % 41 - 20) / 16.0F);
  }
  return values;
}

/// Conv + Relu, a residual Add that a MaxPool follows, a Sigmoid that stays float behind it, and a
/// Gemm: units, shared scales, results inside units, float readers.
void build(SmallGraph& g) {
  const ValueId x = g.input("x", {1, 2, 4, 4});
  const ValueId a = g.op("Conv", {x, g.constant("aw", {2, 2, 1, 1}, {0.5F, -1, 1, 0.25F})}, "a");
  const ValueId r = g.op("Relu", {a}, "r");
  const ValueId b = g.op("Conv", {r, g.constant("bw", {2, 2, 3, 3}, wave(36, 7))}, "b",
                         {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const ValueId sum = g.op("Add", {b, r}, "sum");
  const ValueId pool = g.op("MaxPool", {sum}, "pool",
                            {{"kernel_shape", std::vector<std::int64_t>{2, 2}},
                             {"strides", std::vector<std::int64_t>{2, 2}}});
  const ValueId flat = g.op("Flatten", {pool}, "flat");
  g.output(g.op("Gemm", {flat, g.constant("gw", {8, 3}, wave(24, 5))}, "y"));
  g.output(g.op("Exp", {sum}, "e"));
}

TEST(QuantizedStream, HasTheBitsOfTheEmittedModel) {
  SmallGraph g;
  build(g);
  plan::QuantPlan plan;
  const Tensor bias = Tensor::of<float>({2}, std::vector<float>{0.125F, -0.5F});
  const Written written(g, "spacemit", -2.5, 3.1, {}, [&](plan::QuantPlan& changed) {
    // As reconstruction leaves a plan: integers that are not the nearest, and a bias that was not.
    Tensor rounded = quantize::quantize_tensor(*g.graph.constant(changed.constants[0].value),
                                               changed.constants[0].params);
    std::vector<std::int8_t> integers(rounded.data<std::int8_t>().begin(),
                                      rounded.data<std::int8_t>().end());
    integers[1] = static_cast<std::int8_t>(integers[1] + 3);
    changed.constants[0].rounded = Tensor::of<std::int8_t>(rounded.shape(), integers);
    changed.overrides.push_back({{changed.constants[0].use.node, 2}, bias});
    plan = changed;
  });
  ThreadPool pool(1);
  quantize::QuantizedStream stream(g.graph, quantize::kOpsets, plan, quantize::on_threads(pool));
  const Tensor x = Tensor::of<float>({1, 2, 4, 4}, wave(32, 11));
  stream.start({{x}});
  for (const NodeId node : g.graph.topological_order()) {
    stream.advance(node);
  }
  const auto program = runtime::Program::compile(written.emitted.graph, quantize::kOpsets);
  const std::vector<Tensor> expected = runtime::Executor(program).run(std::vector<Tensor>{x});
  ASSERT_EQ(expected.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(stream.result(g.graph.outputs[i])[0], expected[i]);
  }
}

}  // namespace
}  // namespace xquant::emit
