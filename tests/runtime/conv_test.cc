#include <gtest/gtest.h>

#include "runtime/executor.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

using Three = std::array<std::int64_t, 3>;

/// A convolution in up to three spatial dimensions; leading ones that are not used have size 1.
struct Case {
  std::size_t rank;
  std::int64_t batch, in_channels, out_channels, groups;
  Three in, kernel, stride{1, 1, 1}, dilation{1, 1, 1}, before{0, 0, 0}, after{0, 0, 0};
};

const Case kCases[] = {
    {2, 1, 3, 8, 1, {1, 11, 13}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 2, 16, 33, 1, {1, 7, 9}, {1, 1, 1}},
    {2, 2, 3, 4, 1, {1, 5, 7}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 1}, {0, 1, 1}},
    {2, 1, 4, 4, 4, {1, 5, 7}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 0, 1}},
    {2, 1, 4, 6, 2, {1, 10, 9}, {1, 5, 3}, {1, 1, 3}, {1, 2, 1}, {0, 3, 0}, {0, 1, 2}},
    {2, 1, 40, 5, 1, {1, 6, 6}, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 2, 6, 6, 6, {1, 17, 40}, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 1, 5, 5, 5, {1, 15, 15}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 0, 0}, {0, 1, 1}},
    {2, 1, 3, 6, 3, {1, 12, 21}, {1, 5, 4}, {1, 3, 2}, {1, 2, 3}, {0, 4, 3}, {0, 2, 5}},
    {1, 2, 4, 3, 1, {1, 1, 30}, {1, 1, 5}, {1, 1, 2}, {1, 1, 2}, {0, 0, 4}, {0, 0, 1}},
    {1, 1, 8, 8, 8, {1, 1, 19}, {1, 1, 3}, {1, 1, 1}, {1, 1, 1}, {0, 0, 1}, {0, 0, 1}},
    // columns of one element; wide rows, which are cut into blocks
    {2, 2, 8, 6, 1, {1, 61, 1}, {1, 5, 1}, {1, 2, 1}, {1, 1, 1}, {0, 2, 0}, {0, 2, 0}},
    {2, 1, 9, 9, 9, {1, 45, 1}, {1, 3, 1}, {1, 1, 2}, {1, 2, 3}, {0, 1, 0}, {0, 0, 0}},
    {2, 1, 3, 2, 1, {1, 20, 1}, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 1, 150, 5, 1, {1, 6, 170}, {1, 3, 5}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, {0, 1, 2}},
    {2, 1, 150, 5, 1, {1, 9, 333}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 0, 1}, {0, 1, 1}},
    {2, 1, 20, 40, 2, {1, 11, 11}, {1, 1, 1}},
    // many channels out: the taps go into panels
    {1, 2, 20, 70, 1, {1, 1, 61}, {1, 1, 6}, {1, 1, 1}, {1, 1, 1}, {0, 0, 1}, {0, 0, 0}},
    {1, 1, 16, 64, 1, {1, 1, 6}, {1, 1, 5}, {1, 1, 2}},
    {2, 1, 8, 65, 1, {1, 10, 11}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 2, 16, 128, 2, {1, 7, 7}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {2, 1, 9, 67, 1, {1, 12, 40}, {1, 5, 3}, {1, 1, 1}, {1, 2, 3}, {0, 0, 0}, {0, 4, 3}},
    {2, 1, 150, 66, 1, {1, 9, 333}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 0, 1}, {0, 1, 1}},
    {3, 1, 2, 3, 1, {5, 6, 7}, {2, 3, 3}, {2, 1, 1}, {1, 1, 2}, {1, 0, 1}, {0, 1, 1}},
    {3, 1, 4, 4, 4, {4, 5, 6}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
};

Three result_of(const Case& c) {
  Three out;
  for (std::size_t d = 0; d < 3; ++d) {
    out[d] =
        (c.in[d] + c.before[d] + c.after[d] - (c.kernel[d] - 1) * c.dilation[d] - 1) / c.stride[d] +
        1;
  }
  return out;
}

/// Calls visit(z, y, x) for all indices.
template <typename Visit>
void for_each(const Three& shape, Visit&& visit) {
  for (std::int64_t z = 0; z < shape[0]; ++z) {
    for (std::int64_t y = 0; y < shape[1]; ++y) {
      for (std::int64_t x = 0; x < shape[2]; ++x) visit(Three{z, y, x});
    }
  }
}

std::int64_t offset(const Three& shape, std::int64_t plane, const Three& at) {
  return ((plane * shape[0] + at[0]) * shape[1] + at[1]) * shape[2] + at[2];
}

/// The definition: bias + sum over input channels and kernel positions that lie inside, in this
/// order.
std::vector<float> by_definition(const Case& c, std::span<const float> x,
                                 std::span<const float> weights, std::span<const float> bias) {
  const Three out = result_of(c);
  const std::int64_t group_in = c.in_channels / c.groups, group_out = c.out_channels / c.groups;
  std::vector<float> y;
  for (std::int64_t plane = 0; plane < c.batch * c.out_channels; ++plane) {
    const std::int64_t n = plane / c.out_channels, oc = plane % c.out_channels;
    for_each(out, [&](const Three& o) {
      float sum = 0.0f;
      for (std::int64_t i = 0; i < group_in; ++i) {
        const std::int64_t channel = n * c.in_channels + oc / group_out * group_in + i;
        for_each(c.kernel, [&](const Three& k) {
          Three at;
          bool inside = true;
          for (std::size_t d = 0; d < 3; ++d) {
            at[d] = o[d] * c.stride[d] + k[d] * c.dilation[d] - c.before[d];
            inside = inside && at[d] >= 0 && at[d] < c.in[d];
          }
          if (!inside) return;
          const float product =
              x[static_cast<std::size_t>(offset(c.in, channel, at))] *
              weights[static_cast<std::size_t>(offset(c.kernel, oc * group_in + i, k))];
          sum = sum + product;
        });
      }
      y.push_back(bias.empty() ? sum : sum + bias[static_cast<std::size_t>(oc)]);
    });
  }
  return y;
}

Shape with_spatial(Shape shape, const Case& c, const Three& spatial) {
  shape.insert(shape.end(), spatial.end() - static_cast<std::ptrdiff_t>(c.rank), spatial.end());
  return shape;
}

std::vector<std::int64_t> used(const Case& c, const Three& values) {
  return with_spatial({}, c, values);
}

Node conv_node(const Case& c) {
  Node node{.name = "conv", .op_type = "Conv"};
  std::vector<std::int64_t> pads = used(c, c.before);
  const auto after = used(c, c.after);
  pads.insert(pads.end(), after.begin(), after.end());
  node.attributes = {{"strides", used(c, c.stride)},
                     {"dilations", used(c, c.dilation)},
                     {"pads", pads},
                     {"group", c.groups}};
  return node;
}

/// Runs the convolution in a graph in which the weights are a constant (packed at compile time) or
/// an input.
Tensor run(const Case& c, const Tensor& x, const Tensor& weights, const Tensor& bias,
           bool constant) {
  Graph graph;
  const ValueId data = graph.add_value("x");
  graph.inputs = {data};
  std::vector<Tensor> inputs{x};
  Node node = conv_node(c);
  if (constant) {
    node.inputs = {data, graph.add_constant("w", weights), graph.add_constant("b", bias)};
  } else {
    node.inputs = {data, graph.add_value("w"), graph.add_value("b")};
    graph.inputs = node.inputs;
    inputs = {x, weights, bias};
  }
  node.outputs = {graph.add_value("y")};
  graph.outputs = node.outputs;
  graph.add_node(node);
  return Executor(Program::compile(graph, {{"", 13}})).run(inputs).at(0);
}

TEST(Conv, HasTheBitsOfPlainLoops) {
  Random random(5);
  for (const Case& c : kCases) {
    const Tensor x = random.tensor(with_spatial({c.batch, c.in_channels}, c, c.in));
    const Tensor weights =
        random.tensor(with_spatial({c.out_channels, c.in_channels / c.groups}, c, c.kernel));
    const Tensor bias = random.tensor({c.out_channels});
    const auto expected =
        by_definition(c, x.data<float>(), weights.data<float>(), bias.data<float>());
    const Tensor wanted =
        Tensor::of<float>(with_spatial({c.batch, c.out_channels}, c, result_of(c)), expected);
    const std::string what = "case " + std::to_string(&c - kCases);
    EXPECT_TRUE(run(c, x, weights, bias, true) == wanted) << what << ", packed weights";
    EXPECT_TRUE(run(c, x, weights, bias, false) == wanted) << what << ", weights as an input";
  }
}

TEST(Conv, NeedsNoBias) {
  const Case& c = kCases[0];
  Random random(6);
  const Tensor x = random.tensor({1, 3, 11, 13}), weights = random.tensor({8, 3, 3, 3});
  const Tensor* operands[] = {&x, &weights};
  Node node = conv_node(c);
  node.outputs = {ValueId(0)};
  const Tensor y = evaluate(node, {{"", 13}}, operands).at(0);
  EXPECT_EQ(std::vector<float>(y.data<float>().begin(), y.data<float>().end()),
            by_definition(c, x.data<float>(), weights.data<float>(), {}));
}

TEST(Conv, RefusesWeightsThatDoNotFit) {
  Random random(7);
  const Tensor x = random.tensor({1, 3, 8, 8}), weights = random.tensor({4, 2, 3, 3});
  const Tensor* operands[] = {&x, &weights};
  try {
    evaluate(Node{.name = "c1", .op_type = "Conv", .outputs = {ValueId(0)}}, {{"", 13}}, operands);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-003");
    EXPECT_NE(std::string(error.what()).find("Conv 'c1'"), std::string::npos) << error.what();
    EXPECT_NE(error.message().find("2 channels"), std::string::npos);
  }
}

}  // namespace
}  // namespace xquant::runtime
