#include "quantize/outputs/evidence.h"

#include <gtest/gtest.h>

#include "quantize/calibrate/calibrate.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/params.h"
#include "quantize/reconstruct/reconstruct.h"
#include "quantize/reconstruct/stream.h"
#include "quantize/small_subject.h"

namespace xquant::quantize {
namespace {

struct Fixture : SmallSubject {
  explicit Fixture(SmallGraph graph, int count = 2)
      : SmallSubject(std::move(graph), {1, 2, 4, 4}, samples(count)) {}

  std::vector<Judged> values() { return evidence(subject(), planned.plan); }

 private:
  static std::vector<float> sample(int number) {
    std::vector<float> values;
    for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>((i * 7 + number) % 13) - 6);
    return values;
  }
  static std::vector<std::vector<float>> samples(int count) {
    std::vector<std::vector<float>> all;
    for (int i = 0; i < count; ++i) all.push_back(sample(i));
    return all;
  }
};

/// Two numbers behind a feature map of 32.
SmallGraph pooled(bool behind_conv) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId map = g.op("Relu", {behind_conv ? conv(g, x, "c") : x}, "r");
  const ValueId flat = g.op("Flatten", {g.op("GlobalAveragePool", {map}, "p")}, "f");
  g.output(g.op("Gemm", {flat, g.constant("w", {2, 2}, {1, -1, 2, 1})}, "y"));
  return g;
}

TEST(Evidence, ForAnOutputOfFewElementsIsTheTensorInFrontThatHasEnough) {
  Fixture f(pooled(true));
  const std::vector<Judged> values = f.values();
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].value, f.g["r"]);
  EXPECT_TRUE(is_indirect(values));
}

TEST(Evidence, IsTheOutputWhereNoWeightsAreInFrontOfOthers) {
  Fixture f(pooled(false));
  const std::vector<Judged> values = f.values();
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].value, f.g["y"]);
  EXPECT_FALSE(is_indirect(values));
}

TEST(Evidence, IsAnOutputThatHasElementsEnough) {
  SmallGraph g;
  g.output(conv(g, conv(g, picture(g), "c"), "y"));
  Fixture f(std::move(g));
  EXPECT_EQ(f.values()[0].value, f.g["y"]);
  EXPECT_FALSE(is_indirect(f.values()));
}

TEST(Evidence, OfTwoOutputsThatOneTensorStandsInForCountsOnce) {
  SmallGraph g = pooled(true);
  g.output(g.op("Gemm", {g["f"], g.constant("v", {2, 2}, {3, 1, 1, -2})}, "z"));
  Fixture f(std::move(g));
  EXPECT_EQ(f.values().size(), 1U);
}

TEST(Evidence, IsMeasuredOnWhatTheNextLayerReads) {
  Fixture f(pooled(true));
  const Subject subject = f.subject();
  plan::QuantPlan& plan = f.planned.plan;
  for (plan::Group& group : plan.groups) group.params = asymmetric_params({-9, 7});
  choose_constant_params(f.g.graph, plan, f.diagnostics);
  const FloatOutputs exact = run_float(subject, 2, "test", f.values());
  const OutputLoss loss(subject, exact);
  const auto noise = IntegerModel(subject, plan, exact.values).run(exact, loss, 0, 1);
  QuantizedStream stream(f.g.graph, kOpsets, plan, on_threads(f.pool));
  stream.start(exact.inputs);
  for (const NodeId node : f.g.graph.topological_order()) {
    stream.advance(node);
    if (f.g.graph.node(node).is("Relu")) break;
  }
  const std::vector<Tensor> results = stream.result(f.g["r"]);
  ASSERT_EQ(results.size(), 2U);
  for (std::size_t sample = 0; sample < 2; ++sample) {
    const runtime::TensorView views[] = {runtime::view_of(results[sample])};
    EXPECT_EQ(noise[sample], loss.noise(sample, views));
    EXPECT_GT(noise[sample][0], 0);
  }
}

TEST(Evidence, OfFewElementsHasToBeAClearGainForReconstruction) {
  Fixture f(pooled(true), 16);
  const Subject subject = f.subject();
  plan::QuantPlan& plan = f.planned.plan;
  for (plan::Group& group : plan.groups) group.params = asymmetric_params({-9, 7});
  choose_constant_params(f.g.graph, plan, f.diagnostics);
  ReferenceRecorder recorder(subject, plan, Effort{});
  FloatRecorder* const recorders[] = {&recorder};
  run_recorded(subject.program, subject.samples, "test", recorders);
  const FloatOutputs judges = recorder.take().judges();
  ASSERT_EQ(judges.samples(), 4U);
  EXPECT_EQ(judges.values[0].value, f.g["r"]);
  const OutputLoss loss(subject, judges);
  const auto losses_of = [&](const plan::QuantPlan& of) {
    return IntegerModel(subject, of, judges.values).losses(judges, loss);
  };
  const Reconstruction result = reconstruct(subject, plan, Effort{});
  EXPECT_EQ(result.losses, losses_of(result.plan));
  EXPECT_EQ(result.gains, is_clear_gain(losses_of(plan), result.losses));
}

}  // namespace
}  // namespace xquant::quantize
