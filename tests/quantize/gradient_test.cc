// Derivatives against central differences of the runtime's own results.

#include <gtest/gtest.h>

#include <cmath>

#include "graph/small_graph.h"
#include "quantize/second_order.h"
#include "quantize/tune/gradient/reverse_mode.h"

namespace xquant::quantize {
namespace {

const runtime::OpsetImports kOpset{{"", 20}};

std::vector<float> noise(std::int64_t count, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(source.next()));
  return values;
}

using Ints = std::vector<std::int64_t>;

/// A graph of one input, and a number made of its output: the sum of it times fixed weights.
struct Case {
  SmallGraph g{};
  ValueId x;
  Shape shape;

  explicit Case(Shape input) : x(g.input("x", input)), shape(std::move(input)) {}

  ValueId constant(const std::string& name, const Shape& of) {
    return g.constant(name, of, noise(element_count(of), static_cast<std::uint32_t>(of.size())));
  }
  ValueId integers(const std::string& name, const Ints& values) {
    return g.graph.add_constant(
        name, Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values));
  }
};

double number(const std::shared_ptr<const runtime::Program>& program, const Tensor& x) {
  const Tensor y = runtime::Executor(program).run(std::vector<Tensor>{x})[0];
  const std::vector<float> weights = noise(y.size(), 5);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += static_cast<double>(weights[i]) * static_cast<double>(y.data<float>()[i]);
  }
  return sum;
}

/// The largest difference between derivatives and central differences, relative to the largest
/// derivative. Steps of 1/64 are exact in float; they leave the error of a third derivative, and of
/// float results 1e-7 / step: 1e-2 is far above both and far below any wrong factor.
double error_of(Case& c, ValueId y) {
  c.g.output(y);
  const auto program = runtime::Program::compile(c.g.graph, kOpset);
  const std::vector<float> values = noise(element_count(c.shape), 3);
  const std::vector<Tensor> inputs{Tensor::of<float>(c.shape, values)};
  const Trace traced = trace(c.g.graph, program, inputs);
  const ReverseMode reverse(c.g.graph, kOpset, traced, c.g.graph.outputs);
  EXPECT_TRUE(reverse.obstacles().empty());
  runtime::Executor executor(program);
  const auto forward = reverse.forward(executor, inputs);
  std::vector<float> gradient(values.size(), 0.0F);
  reverse.backward(forward, {{y, noise(element_count(traced.at(y).shape), 5)}},
                   [&](ValueId value, const Tensor&, std::span<const float> found) {
                     if (value == c.x) gradient.assign(found.begin(), found.end());
                   });
  constexpr float kStep = 1.0F / 64;
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<float> up = values, down = values;
    up[i] += kStep;
    down[i] -= kStep;
    const double width = static_cast<double>(up[i]) - static_cast<double>(down[i]);
    const double expected = (number(program, Tensor::of<float>(c.shape, up)) -
                             number(program, Tensor::of<float>(c.shape, down))) /
                            width;
    largest = std::max(largest, std::abs(expected));
    // Where a kink lies between, one side's derivative is as right as the other's.
    const double middle = number(program, inputs[0]);
    const double right = (number(program, Tensor::of<float>(c.shape, up)) - middle) / (width / 2);
    const double left = (middle - number(program, Tensor::of<float>(c.shape, down))) / (width / 2);
    const auto mine = static_cast<double>(gradient[i]);
    difference = std::max(difference, std::min({std::abs(mine - expected), std::abs(mine - left),
                                                std::abs(mine - right)}));
  }
  EXPECT_GT(largest, 0);
  return difference / largest;
}

constexpr double kTolerance = 1e-2;

TEST(Gradient, OfConvolutionsWithStridesPadsDilationsAndGroups) {
  const auto conv = [](const Shape& image, const Shape& weight, const Attributes& attributes) {
    Case c(image);
    return error_of(c, c.g.op("Conv", {c.x, c.constant("w", weight)}, "y", attributes));
  };
  EXPECT_LT(conv({1, 2, 5, 6}, {3, 2, 1, 1}, {}), kTolerance);
  EXPECT_LT(conv({1, 2, 7, 6}, {3, 2, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}}), kTolerance);
  // The last row and column are read by no window.
  EXPECT_LT(conv({1, 2, 8, 8}, {4, 1, 3, 3}, {{"strides", Ints{2, 2}}, {"group", std::int64_t{2}}}),
            kTolerance);
  EXPECT_LT(conv({1, 3, 9, 9}, {3, 1, 3, 3},
                 {{"strides", Ints{2, 2}}, {"pads", Ints{1, 0, 0, 1}}, {"group", std::int64_t{3}}}),
            kTolerance);
  EXPECT_LT(conv({1, 2, 9, 9}, {2, 2, 3, 3}, {{"dilations", Ints{2, 2}}}), kTolerance);
  EXPECT_LT(conv({1, 2, 7, 7}, {2, 2, 3, 3},
                 {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}),
            kTolerance);
  EXPECT_LT(conv({1, 2, 9}, {2, 2, 3}, {{"pads", Ints{1, 1}}}), kTolerance);
}

TEST(Gradient, OfTransposedConvolutions) {
  const auto deconv = [](const Attributes& attributes) {
    Case c({1, 2, 4, 5});
    return error_of(c,
                    c.g.op("ConvTranspose", {c.x, c.constant("w", {2, 3, 3, 3})}, "y", attributes));
  };
  EXPECT_LT(deconv({}), kTolerance);
  EXPECT_LT(deconv({{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}}), kTolerance);
  EXPECT_LT(
      deconv({{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"output_padding", Ints{1, 1}}}),
      kTolerance);
}

TEST(Gradient, OfProducts) {
  Case gemm({3, 4});
  EXPECT_LT(error_of(gemm, gemm.g.op("Gemm", {gemm.x, gemm.constant("w", {5, 4})}, "y",
                                     {{"transB", std::int64_t{1}}, {"alpha", 0.5F}})),
            kTolerance);
  Case weights({2, 3, 4});
  EXPECT_LT(
      error_of(weights, weights.g.op("MatMul", {weights.x, weights.constant("w", {4, 5})}, "y")),
      kTolerance);
  // Both operands depend on x.
  Case both({2, 3, 4});
  const ValueId turned = both.g.op("Transpose", {both.x}, "t", {{"perm", Ints{0, 2, 1}}});
  EXPECT_LT(error_of(both, both.g.op("MatMul", {both.x, turned}, "y")), kTolerance);
}

TEST(Gradient, OfActivations) {
  for (const char* type : {"Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish",
                           "Gelu", "Erf", "Elu", "Softplus", "Exp", "Neg", "Abs"}) {
    Case c({1, 3, 4, 4});
    EXPECT_LT(error_of(c, c.g.op(type, {c.x}, "y")), kTolerance) << type;
  }
  Case clip({2, 8});
  const ValueId low = clip.g.constant("low", {}, {-0.4F});
  const ValueId high = clip.g.constant("high", {}, {0.3F});
  EXPECT_LT(error_of(clip, clip.g.op("Clip", {clip.x, low, high}, "y")), kTolerance);
  Case prelu({1, 3, 2, 2});
  EXPECT_LT(error_of(prelu, prelu.g.op("PRelu", {prelu.x, prelu.constant("s", {3, 1, 1})}, "y")),
            kTolerance);
}

TEST(Gradient, OfArithmeticWithBroadcastingAndTwoUsesOfOneTensor) {
  for (const char* type : {"Add", "Sub", "Mul", "Div", "Min", "Max"}) {
    Case c({2, 3, 4});
    EXPECT_LT(error_of(c, c.g.op(type, {c.x, c.constant("b", {3, 1})}, "y")), kTolerance) << type;
  }
  Case gate({1, 3, 4, 4});
  const ValueId mean = gate.g.op("GlobalAveragePool", {gate.x}, "m");
  EXPECT_LT(error_of(gate, gate.g.op("Mul", {mean, gate.x}, "y")), kTolerance);
  Case square({2, 5});
  EXPECT_LT(error_of(square, square.g.op("Mul", {square.x, square.x}, "y")), kTolerance);
}

TEST(Gradient, OfPooling) {
  const auto pool = [](const char* type, const Attributes& attributes) {
    Case c({1, 2, 6, 7});
    return error_of(c, c.g.op(type, {c.x}, "y", attributes));
  };
  const Attributes overlapping{
      {"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}};
  EXPECT_LT(pool("MaxPool", overlapping), kTolerance);
  EXPECT_LT(pool("AveragePool", overlapping), kTolerance);
  Attributes padded = overlapping;
  padded["count_include_pad"] = std::int64_t{1};
  EXPECT_LT(pool("AveragePool", padded), kTolerance);
  EXPECT_LT(pool("GlobalAveragePool", {}), kTolerance);
  EXPECT_LT(pool("GlobalMaxPool", {}), kTolerance);
  Case mean({2, 3, 4});
  EXPECT_LT(error_of(mean, mean.g.op("ReduceMean", {mean.x, mean.integers("axes", {1})}, "y",
                                     {{"keepdims", std::int64_t{0}}})),
            kTolerance);
  Case sum({2, 3, 4});
  EXPECT_LT(error_of(sum, sum.g.op("ReduceSum", {sum.x, sum.integers("axes", {0, -1})}, "y")),
            kTolerance);
  Case norm({2, 3, 4});
  EXPECT_LT(error_of(norm, norm.g.op("ReduceL2", {norm.x, norm.integers("axes", {-1})}, "y")),
            kTolerance);
}

TEST(Gradient, OfMovement) {
  Case slice({1, 4, 6});
  EXPECT_LT(error_of(slice, slice.g.op("Slice",
                                       {slice.x, slice.integers("b", {1}), slice.integers("e", {6}),
                                        slice.integers("a", {2}), slice.integers("s", {2})},
                                       "y")),
            kTolerance);
  Case pad({1, 2, 3});
  EXPECT_LT(error_of(pad, pad.g.op("Pad", {pad.x, pad.integers("p", {0, 1, 2, 0, 0, 1})}, "y")),
            kTolerance);
  Case edge({1, 2, 3});
  EXPECT_LT(error_of(edge, edge.g.op("Pad", {edge.x, edge.integers("p", {0, 0, 2, 0, 0, 1})}, "y",
                                     {{"mode", std::string("edge")}})),
            kTolerance);
  Case twice({1, 2, 3});
  const ValueId relu = twice.g.op("Relu", {twice.x}, "r");
  EXPECT_LT(error_of(twice,
                     twice.g.op("Concat", {relu, twice.x, relu}, "y", {{"axis", std::int64_t{1}}})),
            kTolerance);
  Case shuffle({1, 4, 2, 2});
  EXPECT_LT(error_of(shuffle, shuffle.g.op("DepthToSpace", {shuffle.x}, "y",
                                           {{"blocksize", std::int64_t{2}}})),
            kTolerance);
  Case gather({4, 3});
  EXPECT_LT(
      error_of(gather, gather.g.op("Gather", {gather.x, gather.integers("i", {2, 0, 2})}, "y")),
      kTolerance);
  Case reshape({2, 6});
  EXPECT_LT(
      error_of(reshape, reshape.g.op("Reshape", {reshape.x, reshape.integers("s", {3, 4})}, "y")),
      kTolerance);
}

TEST(Gradient, OfSoftmaxAndNormalization) {
  Case softmax({2, 5, 3});
  EXPECT_LT(
      error_of(softmax, softmax.g.op("Softmax", {softmax.x}, "y", {{"axis", std::int64_t{1}}})),
      kTolerance);
  Case logarithm({2, 5});
  EXPECT_LT(error_of(logarithm, logarithm.g.op("LogSoftmax", {logarithm.x}, "y")), kTolerance);
  Case layer({3, 8});
  EXPECT_LT(
      error_of(layer,
               layer.g.op("LayerNormalization",
                          {layer.x, layer.constant("s", {8}), layer.constant("b", {8})}, "y")),
      kTolerance);
}

TEST(Gradient, NamesWhatItDoesNotGetThrough) {
  Case c({2, 5});
  const ValueId y =
      c.g.op("CumSum", {c.x, c.g.graph.add_constant("a", Tensor::scalar<std::int64_t>(1))}, "y");
  c.g.output(y);
  const auto program = runtime::Program::compile(c.g.graph, kOpset);
  const std::vector<Tensor> inputs{Tensor::of<float>(c.shape, noise(10, 3))};
  const Trace traced = trace(c.g.graph, program, inputs);
  EXPECT_EQ(ReverseMode(c.g.graph, kOpset, traced, c.g.graph.outputs).obstacles(),
            std::vector<std::string>{"CumSum"});
}

TEST(Gradient, VisitsEveryValueOnceReadersFirst) {
  Case c({2});
  const ValueId e = c.g.op("Exp", {c.x}, "e");
  const ValueId y = c.g.op("Add", {e, c.x}, "y");
  c.g.output(y);
  const auto program = runtime::Program::compile(c.g.graph, kOpset);
  const std::vector<Tensor> inputs{Tensor::of<float>({2}, std::vector<float>{0, 0})};
  const Trace traced = trace(c.g.graph, program, inputs);
  const ReverseMode reverse(c.g.graph, kOpset, traced, c.g.graph.outputs);
  runtime::Executor executor(program);
  const auto forward = reverse.forward(executor, inputs);
  std::vector<ValueId> visited;
  std::vector<std::vector<float>> values, gradients;
  reverse.backward(forward, {{y, {1, 2}}, {e, {0, 3}}},
                   [&](ValueId value, const Tensor& x, std::span<const float> gradient) {
                     visited.push_back(value);
                     values.emplace_back(x.data<float>().begin(), x.data<float>().end());
                     gradients.emplace_back(gradient.begin(), gradient.end());
                   });
  using Floats = std::vector<float>;
  EXPECT_EQ(visited, (std::vector<ValueId>{y, e, c.x}));
  EXPECT_EQ(values, (std::vector<Floats>{{1, 1}, {1, 1}, {0, 0}}));
  EXPECT_EQ(gradients, (std::vector<Floats>{{1, 2}, {1, 5}, {2, 7}}));
}

TEST(Gradient, DoesNotLookBehindTheEnds) {
  Case c({2, 5});
  const ValueId middle = c.g.op("Relu", {c.x}, "m");
  const ValueId y = c.g.op("Multinomial", {middle}, "y");
  c.g.output(y);
  const Trace traced{{c.x, {DataType::kFloat, c.shape}},
                     {middle, {DataType::kFloat, c.shape}},
                     {y, {DataType::kFloat, c.shape}}};
  const std::vector<ValueId> ends{middle};
  EXPECT_TRUE(ReverseMode(c.g.graph, kOpset, traced, ends).obstacles().empty());
}

}  // namespace
}  // namespace xquant::quantize
