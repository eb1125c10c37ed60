#include <gtest/gtest.h>

#include <cmath>

#include "quantize/calibrate/calibrate.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/params.h"
#include "quantize/reconstruct/stream.h"
#include "quantize/small_subject.h"

namespace xquant::quantize {
namespace {

Parts parts_of(const SmallGraph& g, const std::vector<Tensor>& inputs, ValueId output) {
  const auto program = runtime::Program::compile(g.graph, kOpsets);
  return find_parts(g.graph, trace(g.graph, program, inputs), kOpsets, output);
}

TEST(OutputParts, FollowTheOperandsOfAConcatThroughMovement) {
  SmallGraph g;
  const ValueId boxes = g.op("Relu", {g.input("a", {1, 2, 3})}, "boxes");
  const ValueId scores = g.op("Sigmoid", {g.input("b", {1, 1, 3})}, "scores");
  const ValueId both = g.op("Concat", {boxes, scores}, "both", {{"axis", std::int64_t{1}}});
  const ValueId y = g.op("Transpose", {both}, "y", {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
  g.output(y);
  const Parts parts = parts_of(g,
                               {Tensor::of<float>({1, 2, 3}, std::vector<float>(6, 1.0F)),
                                Tensor::of<float>({1, 1, 3}, std::vector<float>(3, 1.0F))},
                               y);
  EXPECT_EQ(parts.count, 2U);
  EXPECT_EQ(parts.labels, (std::vector<std::uint32_t>{0, 0, 1, 0, 0, 1, 0, 0, 1}));
}

TEST(OutputParts, OfAnOutputThatOneOperatorComputesAreOne) {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 4});
  const ValueId y = g.op("Relu", {x}, "y");
  g.output(y);
  EXPECT_EQ(parts_of(g, {Tensor::of<float>({1, 4}, std::vector<float>(4, 1.0F))}, y).count, 1U);
}

/// A graph with one input "x" of shape [1, 2, 4, 4] and two samples.
struct Fixture : SmallSubject {
  explicit Fixture(SmallGraph graph)
      : SmallSubject(std::move(graph), {1, 2, 4, 4}, {sample(0), sample(1)}) {}

 private:
  static std::vector<float> sample(int number) {
    std::vector<float> values;
    for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>((i * 7 + number) % 13) - 6);
    return values;
  }
};

/// Boxes up to 100 and scores up to 1 in one output, behind a convolution.
SmallGraph detector() {
  SmallGraph g;
  const ValueId x = conv(g, picture(g), "c");
  const ValueId boxes = g.op("Mul", {conv(g, x, "b"), g.constant("stride", {1}, {8})}, "boxes");
  const ValueId scores = g.op("Sigmoid", {conv(g, x, "s")}, "scores");
  g.output(g.op("Concat", {boxes, scores}, "y", {{"axis", std::int64_t{1}}}));
  return g;
}

std::vector<runtime::TensorView> views_of(const std::vector<Tensor>& tensors) {
  std::vector<runtime::TensorView> views;
  for (const Tensor& tensor : tensors) views.push_back(runtime::view_of(tensor));
  return views;
}

Tensor scaled(const Tensor& tensor, float factor, std::size_t begin, std::size_t end) {
  std::vector<float> values(tensor.data<float>().begin(), tensor.data<float>().end());
  for (std::size_t i = begin; i < end; ++i) values[i] *= factor;
  return Tensor::of<float>(tensor.shape(), values);
}

double loss_of(const OutputLoss& loss, const Tensor& result) {
  return loss.total({loss.noise(0, views_of({result}))}, 0, 1);
}

TEST(OutputLoss, CountsEveryPartAlikeWhateverItsMagnitude) {
  Fixture f(detector());
  const Subject subject = f.subject();
  const FloatOutputs exact = run_float(subject, 1, "test");
  const OutputLoss loss(subject, exact);
  const Tensor& y = exact.judged[0][0];
  // Two channels of boxes come first, then two of scores. Tenfold noise: 1 % of the signal.
  const double boxes = loss_of(loss, scaled(y, 1.1F, 0, 32));
  const double scores = loss_of(loss, scaled(y, 1.1F, 32, 64));
  EXPECT_NEAR(boxes, 0.5 * 0.01 / 1.01, 1e-6);
  EXPECT_NEAR(scores, boxes, 1e-6);
  EXPECT_EQ(loss_of(loss, y), 0);
}

TEST(OutputLoss, OfAPartThatIsLostIsBounded) {
  Fixture f(detector());
  const Subject subject = f.subject();
  const FloatOutputs exact = run_float(subject, 1, "test");
  const OutputLoss loss(subject, exact);
  EXPECT_NEAR(loss_of(loss, scaled(exact.judged[0][0], 1e6F, 0, 32)), 0.5, 1e-6);
}

TEST(OutputLoss, IsNotDecidedByOneSampleOutOfTheUsualRange) {
  Fixture f(detector());
  const Subject subject = f.subject();
  FloatOutputs exact = run_float(subject, 1, "test");
  const Tensor usual = exact.judged[0][0];
  const std::size_t samples = 8;
  exact.inputs.resize(samples, exact.inputs[0]);
  exact.judged.resize(samples, exact.judged[0]);
  exact.judged[3] = {scaled(usual, 1000, 0, 64)};
  const OutputLoss loss(subject, exact);
  const auto with_error_of = [&](float in_usual, float in_outlier) {
    std::vector<OutputLoss::Noise> noise;
    for (std::size_t i = 0; i < samples; ++i) {
      const float factor = i == 3 ? in_outlier : in_usual;
      noise.push_back(loss.noise(i, views_of({scaled(exact.judged[i][0], factor, 0, 64)})));
    }
    return loss.total(noise, 0, 1);
  };
  // Losing the outlier is better than losing everything else.
  EXPECT_LT(with_error_of(1.01F, 0), with_error_of(0, 1));
  EXPECT_NEAR(with_error_of(1, 0), 0.5 / 8, 1e-6);
}

TEST(OutputLoss, OfASoftmaxIsTheDivergenceOfItsDistributions) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId flat = g.op("Flatten", {g.op("GlobalAveragePool", {c}, "p")}, "f");
  g.output(g.op("Softmax", {flat}, "y", {{"axis", std::int64_t{1}}}));
  Fixture f(std::move(g));
  const Subject subject = f.subject();
  const FloatOutputs exact = run_float(subject, 2, "test");
  ASSERT_EQ(exact.judged[0][0].shape(), (Shape{1, 2}));
  const OutputLoss loss(subject, exact);
  const auto z = exact.judged[0][0].data<float>();
  const auto log_sigmoid = [](double x) { return -std::log1p(std::exp(-x)); };
  const double d = static_cast<double>(z[0]) - static_cast<double>(z[1]), e = d + 0.5;
  const double p = std::exp(log_sigmoid(d)), r = std::exp(log_sigmoid(-d));
  const double lost =
      p * (log_sigmoid(d) - log_sigmoid(e)) + r * (log_sigmoid(-d) - log_sigmoid(-e));
  const Tensor other = Tensor::of<float>({1, 2}, std::vector<float>{z[0] + 0.5F, z[1]});
  EXPECT_NEAR(loss.noise(0, views_of({other}))[0], lost, 1e-6 + 1e-4 * lost);
  // What is added to all classes changes nothing.
  const Tensor shifted = Tensor::of<float>({1, 2}, std::vector<float>{z[0] + 3, z[1] + 3});
  EXPECT_NEAR(loss.noise(0, views_of({shifted}))[0], 0, 1e-6);
}

/// The noise of outputs as the stream has them, of two samples.
std::vector<OutputLoss::Noise> noise_of_stream(Fixture& f, const FloatOutputs& exact,
                                               const OutputLoss& loss) {
  QuantizedStream stream(f.g.graph, kOpsets, f.planned.plan, on_threads(f.pool));
  stream.start(exact.inputs);
  for (const NodeId node : f.g.graph.topological_order()) stream.advance(node);
  std::vector<OutputLoss::Noise> noise;
  for (const Tensor& result : stream.result(f.g["y"])) {
    noise.push_back(loss.noise(noise.size(), views_of({result})));
  }
  return noise;
}

TEST(RoundedModel, HasTheValuesOfTheQuantizedStream) {
  Fixture f(detector());
  const Subject subject = f.subject();
  plan::QuantPlan& plan = f.planned.plan;
  for (plan::Group& group : plan.groups) group.params = asymmetric_params({-9, 7});
  const FloatOutputs exact = run_float(subject, 2, "test");
  const OutputLoss loss(subject, exact);
  const auto noise = RoundedModel(subject, plan).run(plan.groups, exact, loss, 0, 1);
  EXPECT_EQ(noise, noise_of_stream(f, exact, loss));
  EXPECT_GT(noise[0][0], 0);
}

TEST(IntegerModel, HasTheValuesOfTheQuantizedStream) {
  Fixture f(detector());
  const Subject subject = f.subject();
  plan::QuantPlan& plan = f.planned.plan;
  for (plan::Group& group : plan.groups) group.params = asymmetric_params({-9, 7});
  choose_constant_params(f.g.graph, plan, f.diagnostics);
  plan.overrides.push_back({{f.g.graph.value(f.g["c"]).producer, 2},
                            Tensor::of<float>({2}, std::vector<float>{0.25F, -1})});
  const FloatOutputs exact = run_float(subject, 2, "test");
  const OutputLoss loss(subject, exact);
  const auto noise = IntegerModel(subject, plan, exact.values).run(exact, loss, 0, 1);
  EXPECT_EQ(noise, noise_of_stream(f, exact, loss));
  EXPECT_GT(noise[0][0], 0);
}

}  // namespace
}  // namespace xquant::quantize
