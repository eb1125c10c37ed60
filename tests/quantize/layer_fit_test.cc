#include "quantize/reconstruct/layer_fit.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"
#include "quantize/params.h"
#include "quantize/planned.h"
#include "quantize/second_order.h"
#include "runtime/node_runner.h"

namespace xquant::quantize {
namespace {

const runtime::OpsetImports kOpset{{"", 17}};

std::vector<float> noise(std::int64_t count, std::uint32_t seed) {
  Noise source(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(source.next()));
  return values;
}

Tensor noise_tensor(const Shape& shape, std::uint32_t seed) {
  return Tensor::of<float>(shape, noise(element_count(shape), seed));
}

struct Shapes {
  std::string op;
  Shape x;
  Shape w;
  Attributes attributes;
};

std::ostream& operator<<(std::ostream& out, const Shapes& shapes) { return out << shapes.op; }

class GatheredRows : public testing::TestWithParam<Shapes> {};

/// The linear map of the layer at every position is what the operator computes.
TEST_P(GatheredRows, TimesTheWeightsAreTheOperatorsResult) {
  const Shapes& p = GetParam();
  SmallGraph g;
  const Tensor x = noise_tensor(p.x, 1), w = noise_tensor(p.w, 2);
  const ValueId weight = g.graph.add_constant("w", w);
  g.output(g.op(p.op, {g.input("x", p.x), weight}, "y", p.attributes));
  const Node& node = g.writer("y");
  plan::QuantPlan plan;
  plan.constants.push_back({.use = {g.graph.nodes()[0], 1}, .value = weight});
  const auto layer = make_layer(g.graph, plan, 0);
  ASSERT_NE(layer, nullptr);
  const std::vector<const Tensor*> constants = {nullptr, &w};
  const std::vector<runtime::TensorView> views = {runtime::view_of(x), runtime::view_of(w)};
  const Tensor y = runtime::NodeRunner(node, kOpset, constants).run(views)[0];
  std::vector<std::int64_t> at;
  for (std::int64_t i = 0; i < layer->positions(y.shape()); ++i) at.push_back(i);
  std::vector<float> expected;
  layer->gather_outputs(runtime::view_of(y), at, expected);
  ASSERT_EQ(expected.size(), static_cast<std::size_t>(y.size()));
  std::vector<std::vector<float>> gathered(layer->groups(),
                                           std::vector<float>(at.size() * layer->inputs()));
  std::vector<float*> to;
  for (std::vector<float>& rows : gathered) to.push_back(rows.data());
  layer->gather_inputs({views[0]}, y.shape(), at, to);
  for (std::size_t group = 0; group < layer->groups(); ++group) {
    const std::vector<float>& rows = gathered[group];
    const WeightRows weights = layer->weights(w, group);
    for (std::size_t i = 0; i < at.size(); ++i) {
      for (std::size_t o = 0; o < layer->outputs(); ++o) {
        double sum = 0;
        for (std::size_t k = 0; k < layer->inputs(); ++k) {
          sum += weights.row(o)[k] * static_cast<double>(rows[i * layer->inputs() + k]);
        }
        const float result = expected[i * layer->channels() + group * layer->outputs() + o];
        EXPECT_NEAR(sum, static_cast<double>(result), 1e-5);  // sums of a few float products
      }
    }
  }
}

using Ints = std::vector<std::int64_t>;
INSTANTIATE_TEST_SUITE_P(
    Layer, GatheredRows,
    testing::Values(
        Shapes{"Conv",
               {2, 3, 5, 6},
               {4, 3, 3, 3},
               {{"pads", Ints{1, 0, 1, 2}}, {"strides", Ints{2, 1}}}},
        Shapes{"Conv", {1, 4, 7}, {6, 2, 3}, {{"group", std::int64_t{2}}, {"dilations", Ints{2}}}},
        Shapes{"Conv",
               {1, 3, 4, 4},
               {3, 1, 3, 3},
               {{"group", std::int64_t{3}}, {"auto_pad", "SAME_UPPER"}}},
        Shapes{"ConvTranspose",
               {2, 4, 3, 3},
               {4, 2, 3, 2},
               {{"strides", Ints{2, 2}}, {"pads", Ints{1, 0, 0, 1}}}},
        Shapes{"ConvTranspose",
               {1, 4, 3, 3},
               {4, 3, 2, 2},
               {{"group", std::int64_t{2}}, {"strides", Ints{3, 3}}}},
        // Lists that are shorter than the kernel has dimensions, or empty: the rest is as usual.
        Shapes{
            "ConvTranspose", {2, 4, 3, 3}, {4, 2, 3, 2}, {{"strides", Ints{2}}, {"pads", Ints{1}}}},
        Shapes{"ConvTranspose",
               {2, 4, 3, 3},
               {4, 2, 3, 2},
               {{"strides", Ints{}}, {"pads", Ints{}}, {"dilations", Ints{}}}},
        Shapes{"Gemm", {5, 4}, {3, 4}, {{"transB", std::int64_t{1}}}},
        Shapes{"Gemm", {5, 4}, {4, 3}, {}}, Shapes{"MatMul", {2, 3, 4}, {4, 5}, {}}));

TEST(MatMulLayer, HasItsBiasInTheAddThatIsOneUnitWithIt) {
  for (const bool seen_before : {false, true}) {
    SmallGraph g;
    const ValueId x = g.input("x", {2, 4});
    const ValueId product =
        g.op("MatMul", {x, g.constant("w", {4, 3}, std::vector(12, 0.5F))}, "p");
    const ValueId sum = g.op("Add", {product, g.constant("b", {3}, {1, 2, 3})}, "s");
    g.output(sum);
    if (seen_before) g.output(g.op("Neg", {product}, "n"));
    const Planned planned(g);
    const auto layer = make_layer(g.graph, planned.plan, 0);
    ASSERT_NE(layer, nullptr);
    EXPECT_EQ(layer->result(), seen_before ? product : sum);
    EXPECT_EQ(layer->bias_use().has_value(), !seen_before);
  }
}

/// A Gemm of one output with the given weights, fitted on one set of rows and judged on another.
LayerFit fit(const std::vector<double>& w, Rows learned, Rows judged) {
  SmallGraph g;
  const auto inputs = static_cast<std::int64_t>(w.size());
  const std::vector<float> values(w.begin(), w.end());
  const ValueId weight = g.constant("w", {1, inputs}, values);
  g.output(g.op("Gemm", {g.input("x", {1, inputs}), weight}, "y", {{"transB", std::int64_t{1}}}));
  plan::QuantPlan plan;
  plan.constants.push_back({.use = {g.graph.nodes()[0], 1}, .value = weight});
  const Tensor& tensor = *g.graph.constant(weight);
  plan.constants[0].params = symmetric_params(tensor, 0);
  const auto layer = make_layer(g.graph, plan, 0);
  LayerMoments moments;
  moments.fit.push_back(moments_of(std::move(learned), on_this_thread()));
  moments.held.push_back(moments_of(std::move(judged), on_this_thread()));
  moments.all = moments.fit;
  return fit_layer(*layer, plan.constants[0], tensor, std::vector<float>{0.0F}, moments, Effort{},
                   on_this_thread());
}

std::vector<double> weights(std::size_t count, std::uint32_t seed = 21) {
  Noise source(seed);
  std::vector<double> w(count);
  for (double& weight : w) weight = static_cast<double>(static_cast<float>(source.next()));
  return w;
}

TEST(LayerFit, GainsOnCorrelatedInputs) {
  double before = 0, after = 0;
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    const std::vector<double> w = weights(32, seed);
    const LayerFit result = fit(w, correlated_rows(2000, w, 1), correlated_rows(2000, w, 2));
    before += result.error_before;
    after += result.error_after;
  }
  EXPECT_LT(after, 0.5 * before);
}

TEST(LayerFit, KeepsNearestRoundingWhenTheHeldBackSamplesSayOtherwise) {
  // What was learned from: results that have nothing to do with the inputs, fewer rows than inputs.
  const std::vector<double> w = weights(32);
  Rows misleading = correlated_rows(12, w, 1);
  Noise source(9);
  for (float& y : misleading.y) y = static_cast<float>(10 * source.next());
  const LayerFit result = fit(w, misleading, correlated_rows(2000, w, 2));
  EXPECT_EQ(result.rounding, Rounding::kNearest);
  EXPECT_FALSE(result.rounded.has_value());
  EXPECT_FALSE(result.bias.has_value());
  EXPECT_EQ(result.error_after, result.error_before);
}

TEST(LayerFit, NeverJudgesWorseThanNearest) {
  for (std::uint32_t seed = 1; seed < 20; ++seed) {
    const std::vector<double> w = weights(24);
    const LayerFit result =
        fit(w, correlated_rows(4 * seed, w, seed), correlated_rows(500, w, seed + 50));
    EXPECT_LE(result.error_after, result.error_before);
  }
}

TEST(LayerFit, CorrectsTheMeanThroughTheBias) {
  // The quantized inputs are all shifted by one: only the bias can undo it.
  const std::vector<double> w = weights(8);
  Rows learned = correlated_rows(1000, w, 1), judged = correlated_rows(1000, w, 2);
  for (float& x : learned.x) x += 1;
  for (float& x : judged.x) x += 1;
  double sum = 0;
  for (const double weight : w) sum += weight;
  const LayerFit result = fit(w, learned, judged);
  ASSERT_TRUE(result.bias.has_value());
  EXPECT_NEAR(static_cast<double>((*result.bias)[0]), -sum, 0.05 * std::abs(sum) + 0.05);
}

TEST(LayerFit, OfManyOutputsGainsInAllOfThem) {
  constexpr std::size_t kInputs = 16, kOutputs = 400;
  const std::vector<double> w = weights(kInputs * kOutputs);
  const auto rows_of = [&](std::uint32_t seed) {
    Rows rows = correlated_rows(600, std::vector<double>(kInputs, 0.0), seed);
    rows.outputs = kOutputs;
    rows.y.clear();
    for (std::size_t r = 0; r < rows.count; ++r) {
      for (std::size_t o = 0; o < kOutputs; ++o) {
        double y = 0;
        for (std::size_t k = 0; k < kInputs; ++k) {
          y += w[o * kInputs + k] * static_cast<double>(rows.x[r * kInputs + k]);
        }
        rows.y.push_back(static_cast<float>(y));
      }
    }
    return rows;
  };
  SmallGraph g;
  const std::vector<float> values(w.begin(), w.end());
  const ValueId weight = g.constant("w", {kOutputs, kInputs}, values);
  g.output(g.op("Gemm", {g.input("x", {1, kInputs}), weight}, "y", {{"transB", std::int64_t{1}}}));
  plan::QuantPlan plan;
  plan.constants.push_back({.use = {g.graph.nodes()[0], 1}, .value = weight});
  plan.constants[0].params = symmetric_params(*g.graph.constant(weight), 0);
  LayerMoments moments;
  moments.fit.push_back(moments_of(rows_of(1), on_this_thread()));
  moments.held.push_back(moments_of(rows_of(2), on_this_thread()));
  moments.all = moments.fit;
  const Moments held = moments.held[0];
  const LayerFit result =
      fit_layer(*make_layer(g.graph, plan, 0), plan.constants[0], *g.graph.constant(weight),
                std::vector<float>(kOutputs, 0.0F), moments, Effort{}, on_this_thread());
  EXPECT_LT(result.error_after, 0.5 * result.error_before);
  ASSERT_TRUE(result.rounded.has_value());
  // Also of those that did not tell which way to take.
  const WeightRows rows =
      dequantized(result.rounded->data<std::int8_t>(), result.params.scales, kInputs);
  const std::vector<double> bias(result.bias->begin(), result.bias->end());
  std::vector<double> errors(kOutputs);
  squared_errors(held, 0, rows.values.data(), bias, errors);
  double sum = 0;
  for (const double error : errors) sum += error / kOutputs;
  EXPECT_NEAR(sum, result.error_after, 1e-6 * result.error_after);
}

/// The way chosen by `held` learns from `all`: the bias is what the means there ask for.
TEST(FitLayer, LearnsFromAllSamplesInTheEnd) {
  const std::vector<double> w = weights(8);
  const auto shifted = [&](std::size_t count, std::uint32_t seed, float shift) {
    Rows rows = correlated_rows(count, w, seed);
    for (float& y : rows.y) y += shift;
    return rows;
  };
  SmallGraph g;
  const ValueId weight = g.constant("w", {1, 8}, std::vector<float>(w.begin(), w.end()));
  g.output(g.op("Gemm", {g.input("x", {1, 8}), weight, g.constant("b", {1}, {0})}, "y",
                {{"transB", std::int64_t{1}}}));
  plan::QuantPlan plan;
  plan.constants.push_back({.use = {g.graph.nodes()[0], 1}, .value = weight});
  plan.constants[0].params = symmetric_params(*g.graph.constant(weight), 0);
  LayerMoments moments;
  moments.fit.push_back(moments_of(shifted(400, 1, 1.0F), on_this_thread()));
  moments.held.push_back(moments_of(shifted(400, 2, 1.0F), on_this_thread()));
  moments.all.push_back(
      pooled(moments.fit[0], moments_of(shifted(400, 3, 3.0F), on_this_thread())));
  const LayerFit result =
      fit_layer(*make_layer(g.graph, plan, 0), plan.constants[0], *g.graph.constant(weight),
                std::vector<float>{0.0F}, moments, Effort{}, on_this_thread());
  ASSERT_TRUE(result.bias.has_value());
  EXPECT_NEAR((*result.bias)[0], 2.0, 0.1);
}

TEST(Moments, PooledAreThoseOfAllRows) {
  const std::vector<double> w = weights(5);
  Rows a = correlated_rows(70, w, 1), b = correlated_rows(130, w, 2);
  for (float& x : b.x) x = 2 * x + 1;
  Rows all = a;
  all.count += b.count;
  all.x.insert(all.x.end(), b.x.begin(), b.x.end());
  all.y.insert(all.y.end(), b.y.begin(), b.y.end());
  const auto near = [](const std::vector<double>& x, const std::vector<double>& y) {
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-5);
  };
  for (const bool around_zero : {false, true}) {
    Moments of_a = moments_of(a, on_this_thread()), of_b = moments_of(b, on_this_thread());
    Moments expected = moments_of(all, on_this_thread());
    if (around_zero) {
      uncentre(of_a);
      uncentre(of_b);
      uncentre(expected);
    }
    const Moments both = pooled(of_a, of_b);
    EXPECT_EQ(both.count, 200U);
    near(both.mean_x, expected.mean_x);
    near(both.mean_y, expected.mean_y);
    near(both.xx, expected.xx);
    near(both.yx, expected.yx);
    near(both.yy, expected.yy);
  }
}

}  // namespace
}  // namespace xquant::quantize
