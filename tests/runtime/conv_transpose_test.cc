// ConvTranspose, computed phase by phase, against its definition: equal bits.

#include <gtest/gtest.h>

#include "runtime/executor.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

using Three = std::array<std::int64_t, 3>;

/// In three spatial dimensions, of which the last `rank` are used; the others have size 1.
struct Case {
  std::size_t rank;
  std::int64_t batch, in_channels, out_channels, groups;
  Three in, kernel, stride{1, 1, 1}, dilation{1, 1, 1}, before{0, 0, 0}, after{0, 0, 0};
};

const Case kCases[] = {
    {2, 1, 3, 8, 1, {1, 7, 9}, {1, 4, 4}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 2, 16, 5, 1, {1, 6, 5}, {1, 3, 3}},
    {2, 1, 6, 4, 2, {1, 5, 6}, {1, 5, 2}, {1, 3, 2}, {1, 2, 3}, {0, 3, 0}, {0, 1, 2}},
    {2, 1, 4, 4, 4, {1, 9, 4}, {1, 2, 2}, {1, 2, 2}},
    {2, 1, 3, 2, 1, {1, 4, 4}, {1, 2, 3}, {1, 4, 5}},  // outputs that meet no kernel entry
    {2, 1, 2, 3, 1, {1, 5, 5}, {1, 3, 3}, {1, 2, 4}, {1, 2, 2}, {0, 1, 0}, {0, 0, 1}},
    {1, 2, 8, 3, 1, {1, 1, 20}, {1, 1, 16}, {1, 1, 8}, {1, 1, 1}, {0, 0, 4}, {0, 0, 4}},
    {3, 1, 4, 3, 1, {3, 4, 5}, {2, 3, 3}, {2, 1, 2}, {1, 1, 1}, {1, 0, 1}, {0, 1, 1}},
};

Three result_of(const Case& c) {
  Three out;
  for (std::size_t d = 0; d < 3; ++d) {
    out[d] = c.stride[d] * (c.in[d] - 1) + (c.kernel[d] - 1) * c.dilation[d] + 1 - c.before[d] -
             c.after[d];
  }
  return out;
}

template <typename Visit>
void for_each(const Three& shape, Visit&& visit) {
  for (std::int64_t z = 0; z < shape[0]; ++z) {
    for (std::int64_t y = 0; y < shape[1]; ++y) {
      for (std::int64_t x = 0; x < shape[2]; ++x) visit(Three{z, y, x});
    }
  }
}

std::size_t offset(const Three& shape, std::int64_t plane, const Three& at) {
  return static_cast<std::size_t>(((plane * shape[0] + at[0]) * shape[1] + at[1]) * shape[2] +
                                  at[2]);
}

/// The sum over input channels and kernel entries in this order, then the bias.
std::vector<float> by_definition(const Case& c, std::span<const float> x,
                                 std::span<const float> weights, std::span<const float> bias) {
  const std::int64_t group_in = c.in_channels / c.groups, group_out = c.out_channels / c.groups;
  std::vector<float> y;
  for (std::int64_t plane = 0; plane < c.batch * c.out_channels; ++plane) {
    const std::int64_t n = plane / c.out_channels, oc = plane % c.out_channels;
    for_each(result_of(c), [&](const Three& o) {
      float sum = 0.0f;
      for (std::int64_t i = 0; i < group_in; ++i) {
        const std::int64_t ic = oc / group_out * group_in + i;
        for_each(c.kernel, [&](const Three& k) {
          Three at;
          bool meets = true;
          for (std::size_t d = 0; d < 3; ++d) {
            const std::int64_t steps = o[d] + c.before[d] - k[d] * c.dilation[d];
            at[d] = steps / c.stride[d];
            meets = meets && steps >= 0 && steps % c.stride[d] == 0 && at[d] < c.in[d];
          }
          if (!meets) return;
          const float product = x[offset(c.in, n * c.in_channels + ic, at)] *
                                weights[offset(c.kernel, ic * group_out + oc % group_out, k)];
          sum = sum + product;
        });
      }
      y.push_back(sum + bias[static_cast<std::size_t>(oc)]);
    });
  }
  return y;
}

std::vector<std::int64_t> used(const Case& c, const Three& values, Shape before = {}) {
  before.insert(before.end(), values.end() - static_cast<std::ptrdiff_t>(c.rank), values.end());
  return before;
}

/// weights are a constant, packed when the graph is compiled, or an input.
Tensor run(const Case& c, const Tensor& x, const Tensor& weights, const Tensor& bias,
           bool constant) {
  Graph graph;
  Node node{.name = "up", .op_type = "ConvTranspose"};
  node.attributes = {{"strides", used(c, c.stride)},
                     {"dilations", used(c, c.dilation)},
                     {"pads", used(c, c.after, used(c, c.before))},
                     {"group", c.groups}};
  const ValueId data = graph.add_value("x");
  const ValueId kernel = constant ? graph.add_constant("w", weights) : graph.add_value("w");
  node.inputs = {data, kernel, graph.add_constant("b", bias)};
  node.outputs = {graph.add_value("y")};
  graph.inputs = {data};
  std::vector<Tensor> inputs{x};
  if (!constant) {
    graph.inputs.push_back(kernel);
    inputs.push_back(weights);
  }
  graph.outputs = node.outputs;
  graph.add_node(node);
  return Executor(Program::compile(graph, {{"", 13}})).run(inputs).at(0);
}

TEST(ConvTranspose, HasTheBitsOfItsDefinition) {
  Random random(8);
  for (const Case& c : kCases) {
    const Tensor x = random.tensor(used(c, c.in, {c.batch, c.in_channels}));
    const Tensor weights =
        random.tensor(used(c, c.kernel, {c.in_channels, c.out_channels / c.groups}));
    const Tensor bias = random.tensor({c.out_channels});
    const Tensor wanted = Tensor::of<float>(
        used(c, result_of(c), {c.batch, c.out_channels}),
        by_definition(c, x.data<float>(), weights.data<float>(), bias.data<float>()));
    const std::string what = "case " + std::to_string(&c - kCases);
    EXPECT_TRUE(run(c, x, weights, bias, true) == wanted) << what << ", packed weights";
    EXPECT_TRUE(run(c, x, weights, bias, false) == wanted) << what << ", weights as an input";
  }
}

TEST(ConvTranspose, RefusesAStrideOfZero) {
  Random random(9);
  const Tensor x = random.tensor({1, 2, 4}), weights = random.tensor({2, 2, 3});
  const Tensor* operands[] = {&x, &weights};
  Node node{.name = "up", .op_type = "ConvTranspose", .outputs = {ValueId(0)}};
  node.attributes = {{"strides", std::vector<std::int64_t>{0}}};
  EXPECT_THROW(evaluate(node, {{"", 13}}, operands), Error);
}

}  // namespace
}  // namespace xquant::runtime
