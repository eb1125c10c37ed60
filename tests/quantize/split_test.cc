#include <gtest/gtest.h>

#include <cmath>

#include "quantize/planned.h"
#include "quantize/second_order.h"
#include "quantize/split/repeat_channels.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

constexpr std::size_t kHidden = 64;

std::vector<float> noise(std::size_t count, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(source.next()));
  return values;
}

/// A feed-forward block with Gelu written out; one weight of its second product is forty times as
/// wide as the others.
SmallGraph feed_forward() {
  SmallGraph g;
  const ValueId x = g.input("x", {3, 8});
  const auto half = [&](const std::string& name, float value) {
    return g.constant(name, {}, {value});
  };
  std::vector<float> second = noise(kHidden * 8, 3);
  second[17 * 8 + 2] = 40;
  const ValueId product =
      g.op("MatMul", {x, g.constant("w", {8, kHidden}, noise(8 * kHidden, 1))}, "product");
  const ValueId h = g.op("Add", {product, g.constant("b", {kHidden}, noise(kHidden, 2))}, "h");
  const ValueId e = g.op("Erf", {g.op("Div", {h, half("root", 1.4142135F)}, "scaled")}, "e");
  const ValueId sum = g.op("Add", {e, half("one", 1)}, "sum");
  const ValueId gelu = g.op("Mul", {g.op("Mul", {h, sum}, "twice"), half("half", 0.5F)}, "gelu");
  g.output(g.op("MatMul", {gelu, g.constant("v", {kHidden, 8}, second)}, "y"));
  return g;
}

std::optional<ChannelRegion> region_of(const Planned& p, const std::string& weight) {
  const Tensor x = Tensor::of<float>({3, 8}, noise(24, 9));
  const auto program = runtime::Program::compile(p.g.graph, kOpsets);
  const Trace traced = trace(p.g.graph, program, std::vector<Tensor>{x});
  const auto at = static_cast<std::size_t>(p.constant(weight) - p.plan.constants.data());
  return region_before(p.g.graph, traced, p.plan, at);
}

std::size_t total(const Copies& copies) {
  std::size_t sum = 0;
  for (const std::size_t count : copies) sum += count;
  return sum;
}

TEST(ChannelRegion, GoesThroughAnActivationOfSeveralOperators) {
  SmallGraph g = feed_forward();
  const Planned p(g);
  const auto region = region_of(p, "v");
  ASSERT_TRUE(region);
  EXPECT_EQ(region->channels, static_cast<std::int64_t>(kHidden));
  EXPECT_EQ(region->tensors.size(), 7U);
  ASSERT_EQ(region->producing.size(), 2U);
  EXPECT_EQ(region->reading.size(), 1U);
}

TEST(ChannelRegion, EndsAtNothingThatOthersSee) {
  SmallGraph g = feed_forward();
  g.output(g["gelu"]);
  EXPECT_FALSE(region_of(Planned(g), "v"));
  SmallGraph mixed = feed_forward();
  mixed.output(mixed.op("ReduceMax", {mixed["h"]}, "most"));
  EXPECT_FALSE(region_of(Planned(mixed), "v"));
  // In front of the first product is the model's input.
  SmallGraph first = feed_forward();
  EXPECT_FALSE(region_of(Planned(first), "w"));
}

TEST(Copies, GoToTheWidestRow) {
  SmallGraph g = feed_forward();
  const Planned p(g);
  const auto region = region_of(p, "v");
  const Copies copies = choose_copies(g.graph, p.plan, *region);
  // Eight channels more, all for the one that needs them.
  EXPECT_EQ(copies.size(), kHidden);
  EXPECT_EQ(total(copies), kHidden + 8);
  EXPECT_EQ(copies[17], 9U);
}

TEST(Copies, AreNoneWhenRowsAreAlike) {
  SmallGraph g = feed_forward();
  const std::vector<float> even(kHidden * 8, 1.0F);
  g.graph.value(g["v"]).constant = Tensor::of<float>({kHidden, 8}, even);
  const Planned p(g);
  const Copies copies = choose_copies(g.graph, p.plan, *region_of(p, "v"));
  EXPECT_EQ(total(copies), kHidden);
}

TEST(Copies, LeaveTheFunctionAsItIs) {
  SmallGraph g = feed_forward();
  const Planned p(g);
  const auto region = region_of(p, "v");
  Graph wider = g.graph;
  repeat_channels(p.plan, *region, choose_copies(g.graph, p.plan, *region), wider);
  EXPECT_EQ(wider.constant(g["w"])->shape(), (Shape{8, kHidden + 8}));
  EXPECT_EQ(wider.constant(g["b"])->shape(), (Shape{kHidden + 8}));
  EXPECT_EQ(wider.constant(g["v"])->shape(), (Shape{kHidden + 8, 8}));
  const std::vector<Tensor> x{Tensor::of<float>({3, 8}, noise(24, 9))};
  const auto run = [&](const Graph& graph) {
    return runtime::Executor(runtime::Program::compile(graph, kOpsets)).run(x)[0];
  };
  const Tensor before = run(g.graph), after = run(wider);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_NEAR(after.data<float>()[i], before.data<float>()[i], 1e-4F) << i;  // of about 40
  }
}

TEST(Copies, LeaveSmallWeightsTheirSteps) {
  SmallGraph g = feed_forward();
  const Planned p(g);
  const auto region = region_of(p, "v");
  const plan::ConstantOperand& reader = *p.constant("v");
  const double before = rounding_error(g.graph, reader, Copies(kHidden, 1));
  const double after = rounding_error(g.graph, reader, choose_copies(g.graph, p.plan, *region));
  // A scale an eighth as large leaves a 64th of the squared errors.
  EXPECT_LT(after, before / 40);
}

}  // namespace
}  // namespace xquant::quantize
