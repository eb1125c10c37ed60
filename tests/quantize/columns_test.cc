#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "quantize/columns/float_product.h"
#include "quantize/columns/scale_columns.h"
#include "quantize/params.h"
#include "quantize/second_order.h"
#include "quantize/small_subject.h"
#include "quantize/smooth/site.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

using config::PrecisionLevel;

constexpr std::size_t kWidth = 16;

std::vector<float> noise(std::size_t count, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(source.next()));
  return values;
}

/// [kWidth][kWidth], column 5 forty times as wide as the others.
std::vector<float> unequal_columns(std::uint32_t seed) {
  std::vector<float> weight = noise(kWidth * kWidth, seed);
  for (std::size_t k = 0; k < kWidth; ++k) weight[k * kWidth + 5] *= 40;
  return weight;
}

/// MatMul, bias, Exp (float in every target), Gemm; column 5 of both weights is wide.
SmallGraph two_products() {
  SmallGraph g;
  const ValueId x = g.input("x", {3, kWidth});
  const ValueId product =
      g.op("MatMul", {x, g.constant("w", {kWidth, kWidth}, unequal_columns(1))}, "product");
  const ValueId sum = g.op("Add", {product, g.constant("b", {kWidth}, noise(kWidth, 2))}, "sum");
  const ValueId e = g.op("Exp", {g.op("Neg", {g.op("Abs", {sum}, "abs")}, "neg")}, "e");
  const ValueId gemm = g.op("Gemm",
                            {e, g.constant("v", {kWidth, kWidth}, unequal_columns(3)),
                             g.constant("c", {kWidth}, noise(kWidth, 4))},
                            "y", {{"transB", std::int64_t{0}}, {"alpha", 0.5F}, {"beta", 2.0F}});
  g.output(gemm);
  return g;
}

Settings at_level(PrecisionLevel level) { return {.overall = {.precision = level}}; }

plan::QuantPlan plan_of(SmallGraph& g,
                        const Settings& settings = at_level(PrecisionLevel::kFloatSums)) {
  return Planned(g, {}, "spacemit", settings).plan;
}

std::optional<FloatProduct> product_of(const SmallGraph& g, const plan::QuantPlan& plan,
                                       const std::string& weight) {
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    if (plan.constants[i].value == g[weight]) return find_float_product(g.graph, plan, i);
  }
  return std::nullopt;
}

std::vector<float> run(const Graph& graph) {
  const std::vector<Tensor> x{Tensor::of<float>({3, kWidth}, noise(3 * kWidth, 9))};
  const Tensor y = runtime::Executor(runtime::Program::compile(graph, kOpsets)).run(x)[0];
  return {y.data<float>().begin(), y.data<float>().end()};
}

/// Scales the columns of one product of the graph. Expects the same function, and columns that fill
/// int8 with the scale of the tensor.
void expect_scaled(SmallGraph& g, const std::string& weight) {
  const std::vector<float> before = run(g.graph);
  plan::QuantPlan plan = plan_of(g);
  auto product = product_of(g, plan, weight);
  ASSERT_TRUE(product) << weight;
  EXPECT_FALSE(product->scales);
  add_scales(*product, g.graph, plan);
  EXPECT_EQ(plan.nodes.size(), g.graph.node_count());
  const auto factors = column_factors(*g.graph.constant(product->weight), product->axis);
  divide_columns(*product, factors, g.graph);
  const std::vector<float> after = run(g.graph);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i], before[i], 1e-5F * (1 + std::abs(before[i]))) << i;
  }
  const Tensor& divided = *g.graph.constant(product->weight);
  for (const float most : channel_magnitudes(divided, product->axis)) {
    EXPECT_FLOAT_EQ(most, 127.0F / 128);
  }
  EXPECT_EQ(power_of_two_params(divided).scales, std::vector<float>{1.0F / 128});
}

TEST(FloatProducts, AreThoseWhoseResultsNoInt8OperatorReads) {
  SmallGraph g = two_products();
  const plan::QuantPlan all_int8 = plan_of(g, at_level(PrecisionLevel::kInt8));
  EXPECT_FALSE(product_of(g, all_int8, "w")) << "its result has a scale";
  const plan::QuantPlan plan = plan_of(g);
  const auto first = product_of(g, plan, "w"), second = product_of(g, plan, "v");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(g.graph.node(first->last).op_type, "Add");
  EXPECT_EQ(g.graph.node(second->last).op_type, "Gemm");
  EXPECT_TRUE(first->bias && second->bias);
}

TEST(FloatProducts, KeepTheirFunctionWithScaledColumns) {
  SmallGraph g = two_products();
  expect_scaled(g, "w");
  expect_scaled(g, "v");
  EXPECT_EQ(g.writer("y").op_type, "Mul") << "the output keeps its name";
  EXPECT_EQ(g.writer("sum").op_type, "Mul");
}

TEST(FloatProducts, MayHaveTheirColumnsFirstAndNoBiasOrOneForAll) {
  SmallGraph g = two_products();
  Node& gemm = g.graph.node(g.graph.value(g["y"]).producer);
  gemm.attributes["transB"] = std::int64_t{1};
  g.graph.value(g["c"]).constant = Tensor::of<float>({1}, std::vector<float>{0.25F});
  expect_scaled(g, "v");
  SmallGraph bare = two_products();
  bare.graph.set_input(bare.graph.value(bare["y"]).producer, 2, ValueId::kNone);
  expect_scaled(bare, "v");
}

TEST(ColumnFactors, LeaveDeadColumnsABiasThatFits) {
  std::vector<float> weight = noise(kWidth * kWidth, 1);
  for (std::size_t k = 0; k < kWidth; ++k) {
    weight[k * kWidth + 5] = 1e-40F;
    weight[k * kWidth + 6] = 0;
  }
  const auto factors = column_factors(Tensor::of<float>({kWidth, kWidth}, weight), 1);
  const double widest = *std::ranges::max_element(factors);
  EXPECT_DOUBLE_EQ(factors[5], widest / 1024);
  EXPECT_EQ(factors[6], widest);
  const std::vector<float> zeros(kWidth * kWidth);
  for (const double factor : column_factors(Tensor::of<float>({kWidth, kWidth}, zeros), 1)) {
    EXPECT_EQ(factor, 1);
  }
}

TEST(FloatProducts, LeaveABiasThatOthersReadAsItIs) {
  SmallGraph g = two_products();
  g.graph.set_input(g.graph.value(g["y"]).producer, 2, g["b"]);
  const std::vector<float> shared(g.graph.constant(g["b"])->data<float>().begin(),
                                  g.graph.constant(g["b"])->data<float>().end());
  expect_scaled(g, "v");
  const auto now = g.graph.constant(g["b"])->data<float>();
  EXPECT_TRUE(std::equal(now.begin(), now.end(), shared.begin()));
}

TEST(FloatProducts, AreNotThoseOfOtherBiasesOrSharedWeights) {
  SmallGraph rows = two_products();
  rows.graph.value(rows["c"]).constant = Tensor::of<float>({3, 1}, noise(3, 4));
  EXPECT_FALSE(product_of(rows, plan_of(rows), "v"));
  SmallGraph shared = two_products();
  shared.graph.set_input(shared.graph.value(shared["y"]).producer, 1, shared["w"]);
  EXPECT_FALSE(product_of(shared, plan_of(shared), "w"));
}

TEST(ScaledColumns, StayFloatAndHandTheirWeightsToSmoothing) {
  SmallGraph g;
  const ValueId e = g.op("Exp", {g.input("x", {3, kWidth})}, "e");
  g.output(g.op("MatMul", {e, g.constant("v", {kWidth, kWidth}, unequal_columns(3))}, "y"));
  plan::QuantPlan plan = plan_of(g);
  auto product = product_of(g, plan, "v");
  add_scales(*product, g.graph, plan);
  EXPECT_EQ(plan_of(g).node(*product->scales).reason, "") << "a Mul behind int8 is int8";
  Settings settings = at_level(PrecisionLevel::kFloatSums);
  settings.stays_float[*product->scales] = "so it is";
  const plan::QuantPlan planned = plan_of(g, settings);
  EXPECT_EQ(planned.node(*product->scales).reason, "so it is");
  const auto found = product_of(g, planned, "v");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->scales, product->scales);
  const std::vector<Tensor> x{Tensor::of<float>({3, kWidth}, noise(3 * kWidth, 9))};
  const Trace traced = trace(g.graph, runtime::Program::compile(g.graph, kOpsets), x);
  const auto sites = find_smooth_sites(g.graph, traced, planned);
  ASSERT_EQ(sites.size(), 1U);
  const SmoothReader& reader = sites[0].readers[0];
  EXPECT_TRUE(reader.scaled);
  EXPECT_TRUE(reader.per_channel) << "its columns have any scales";
  EXPECT_FALSE(reader.power_of_two);
}

std::vector<std::vector<float>> samples() {
  std::vector<std::vector<float>> values;
  for (std::uint32_t i = 0; i < 8; ++i) values.push_back(noise(3 * kWidth, 40 + i));
  return values;
}

struct Scaled {
  std::optional<ScaledColumns> result;
  std::vector<StageRecord> records;
};

Scaled scaled_columns_of(SmallGraph graph, PrecisionLevel level) {
  SmallSubject small(std::move(graph), {3, kWidth}, samples());
  const plan::QuantPlan plan = plan_of(small.g, at_level(level));
  Scaled scaled;
  scaled.result = scale_columns(small.subject(), plan, scaled.records);
  return scaled;
}

TEST(ScaleColumns, GivesAWeightWithOneScaleItsSteps) {
  const Scaled scaled = scaled_columns_of(two_products(), PrecisionLevel::kFloatSums);
  ASSERT_TRUE(scaled.result);
  EXPECT_EQ(scaled.result->stays_float.size(), 2U);
  ASSERT_EQ(scaled.records.size(), 3U);
  for (const StageRecord& record : scaled.records) {
    EXPECT_GT(record.after_db, record.before_db + 10) << record.node;
  }
}

TEST(ScaleColumns, AddsNothingWhereResultsAreInt8OrColumnsAlike) {
  EXPECT_FALSE(scaled_columns_of(two_products(), PrecisionLevel::kInt8).result);
  SmallGraph alike = two_products();
  for (const char* weight : {"w", "v"}) {
    std::vector<float> values = noise(kWidth * kWidth, 7);
    for (std::size_t n = 0; n < kWidth; ++n) values[n] = 127.0F / 128;  // the largest of each
    for (float& value : values) value = std::clamp(value, -127.0F / 128, 127.0F / 128);
    alike.graph.value(alike[weight]).constant = Tensor::of<float>({kWidth, kWidth}, values);
  }
  const Scaled scaled = scaled_columns_of(std::move(alike), PrecisionLevel::kFloatSums);
  EXPECT_FALSE(scaled.result);
  EXPECT_TRUE(scaled.records.empty());
}

}  // namespace
}  // namespace xquant::quantize
