#include "quantize/reconstruct/wide_fit.h"

#include <gtest/gtest.h>

#include "graph/small_graph.h"
#include "quantize/params.h"
#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/vector_sums.h"
#include "quantize/second_order.h"

namespace xquant::quantize {
namespace {

/// A Gemm and rows for it: inputs that share a few common parts, so that those of different blocks
/// are correlated, and results of the float weights on inputs without the error.
struct Problem {
  SmallGraph g;
  plan::QuantPlan plan;
  std::unique_ptr<Layer> layer;
  LayerRows rows;

  Problem(std::size_t inputs, std::size_t outputs, std::size_t row_count, double input_error)
      : Problem(weights_of(inputs, outputs), outputs, row_count, input_error) {}

  Problem(const std::vector<float>& w, std::size_t outputs, std::size_t row_count,
          double input_error) {
    const std::size_t inputs = w.size() / outputs;
    Noise source(8);
    const Shape shape = {static_cast<std::int64_t>(outputs), static_cast<std::int64_t>(inputs)};
    const ValueId weight = g.constant("w", shape, w);
    g.output(
        g.op("Gemm", {g.input("x", {1, shape[1]}), weight}, "y", {{"transB", std::int64_t{1}}}));
    plan.constants.push_back({.use = {g.graph.nodes()[0], 1}, .value = weight});
    plan.constants[0].params = symmetric_params(*g.graph.constant(weight), 0);
    layer = make_layer(g.graph, plan, 0);
    rows.fit.push_back(rows_of(w, outputs, row_count, input_error, source));
    rows.held.push_back(rows_of(w, outputs, row_count, input_error, source));
  }

  static std::vector<float> weights_of(std::size_t inputs, std::size_t outputs) {
    Noise source(7);
    std::vector<float> w(inputs * outputs);
    for (float& weight : w) weight = static_cast<float>(source.next());
    return w;
  }

  /// One scale for the whole weight, a power of two.
  void take_one_scale() {
    plan::ConstantOperand& operand = plan.constants[0];
    operand.power_of_two = true;
    operand.params = power_of_two_params(*g.graph.constant(operand.value), -1);
    layer = make_layer(g.graph, plan, 0);
  }

  static Rows rows_of(const std::vector<float>& w, std::size_t outputs, std::size_t count,
                      double input_error, Noise& source) {
    constexpr std::size_t kCommon = 5;
    const std::size_t inputs = w.size() / outputs;
    Rows rows{.count = count, .inputs = inputs, .outputs = outputs, .x = {}, .y = {}};
    for (std::size_t r = 0; r < count; ++r) {
      double common[kCommon];
      for (double& part : common) part = source.next();
      std::vector<double> x(inputs);
      for (std::size_t k = 0; k < inputs; ++k) {
        x[k] = common[k % kCommon] + 0.2 * source.next() + 0.5;
        rows.x.push_back(static_cast<float>(x[k] + input_error * source.next()));
      }
      for (std::size_t o = 0; o < outputs; ++o) {
        double y = 0;
        for (std::size_t k = 0; k < inputs; ++k) {
          y += static_cast<double>(w[o * inputs + k]) * x[k];
        }
        rows.y.push_back(static_cast<float>(y));
      }
    }
    return rows;
  }

  std::vector<float> bias() const { return std::vector<float>(layer->outputs(), 0.0F); }

  LayerFit wide(const ForEach& for_each = on_this_thread()) const {
    LayerRows given = rows;
    return fit_wide_layer(*layer, plan.constants[0], *g.graph.constant(plan.constants[0].value),
                          bias(), given, Effort{}, for_each);
  }
  LayerFit dense() const {
    LayerMoments moments;
    moments.fit.push_back(moments_of(rows.fit[0], on_this_thread()));
    moments.held.push_back(moments_of(rows.held[0], on_this_thread()));
    moments.all = moments.fit;
    return fit_layer(*layer, plan.constants[0], *g.graph.constant(plan.constants[0].value), bias(),
                     std::move(moments), Effort{}, on_this_thread());
  }
};

TEST(WideFit, OfOneBlockIsTheDenseFit) {
  const Problem problem(40, 6, 600, 0.1);
  const LayerFit wide = problem.wide(), dense = problem.dense();
  EXPECT_EQ(wide.rounding, dense.rounding);
  // Scales follow variances there and free costs here, and rows are summed in float.
  EXPECT_NEAR(wide.error_before, dense.error_before, 1e-4 * dense.error_before);
  EXPECT_NEAR(wide.error_after, dense.error_after, 0.01 * dense.error_after);
  EXPECT_NEAR(wide.signal, dense.signal, 1e-6 * dense.signal);
}

TEST(WideFit, OfSeveralBlocksComesNearTheDenseFit) {
  const Problem problem(1100, 4, 1200, 0.0);  // two blocks of 550 inputs
  const LayerFit wide = problem.wide(), dense = problem.dense();
  EXPECT_LT(wide.error_after, 0.1 * wide.error_before);
  EXPECT_LT(wide.error_after, 1.15 * dense.error_after);
}

/// The error that is reported is that of the integers, scales and biases that are returned.
TEST(WideFit, ReportsTheErrorOfItsResult) {
  const Problem problem(520, 80, 100,
                        0.0);  // two blocks; more outputs than those that tell the way
  const LayerFit fit = problem.wide();
  ASSERT_TRUE(fit.rounded && fit.bias);
  const Rows& held = problem.rows.held[0];
  const WeightRows w = dequantized(fit.rounded->data<std::int8_t>(), fit.params.scales, 520);
  double sum = 0;
  for (std::size_t r = 0; r < held.count; ++r) {
    for (std::size_t o = 0; o < held.outputs; ++o) {
      double error =
          static_cast<double>((*fit.bias)[o]) - static_cast<double>(held.y[r * held.outputs + o]);
      for (std::size_t k = 0; k < held.inputs; ++k) {
        error += w.row(o)[k] * static_cast<double>(held.x[r * held.inputs + k]);
      }
      sum += error * error;
    }
  }
  sum /= static_cast<double>(held.count * held.outputs);
  EXPECT_NEAR(sum, fit.error_after, 1e-5 * sum);
}

TEST(WideFit, DoesNotDependOnThreads) {
  const Problem problem(520, 20, 100, 0.0);
  ThreadPool pool(3);
  const LayerFit one = problem.wide(), three = problem.wide(on_threads(pool));
  ASSERT_TRUE(one.rounded && three.rounded);
  EXPECT_TRUE(
      std::ranges::equal(one.rounded->data<std::int8_t>(), three.rounded->data<std::int8_t>()));
  EXPECT_EQ(one.bias, three.bias);
  EXPECT_EQ(one.error_after, three.error_after);
}

/// Rows that are learned from later move the means that the bias follows: here a quarter of them by
/// 4.
TEST(WideFit, LearnsFromLaterRowsInTheEnd) {
  Problem problem(520, 4, 300, 0.0);
  problem.rows.later = 100;
  const LayerFit before = problem.wide();
  for (std::size_t i = 0; i < problem.rows.later * 4; ++i) problem.rows.held[0].y[i] += 4;
  const LayerFit after = problem.wide();
  ASSERT_TRUE(before.bias && after.bias);
  for (std::size_t o = 0; o < 4; ++o) EXPECT_NEAR((*after.bias)[o] - (*before.bias)[o], 1, 0.1);
}

/// One output of 300 has weights a little wider than half of what the scale holds: half the scale
/// is better for all others. Whoever asks only some of the others clips it.
TEST(Judges, SeeTheOutputThatASmallerScaleClips) {
  constexpr std::size_t kInputs = 40, kOutputs = 300, kWide = 137;
  std::vector<float> w = Problem::weights_of(kInputs, kOutputs);
  for (std::size_t k = 0; k < kInputs; ++k) w[kWide * kInputs + k] *= 60;
  Problem problem(w, kOutputs, 600, 0.0);
  problem.take_one_scale();
  for (const LayerFit& fit : {problem.wide(), problem.dense()}) {
    EXPECT_LE(fit.error_after, fit.error_before) << name(fit.rounding);
  }
}

TEST(Judges, StandForAllOutputs) {
  for (const std::size_t outputs : {1U, 5U, 31U, 64U, 300U, 6625U}) {
    for (const bool one_scale : {false, true}) {
      const Judges judges = judges_of(
          outputs, one_scale, [](std::size_t o) { return static_cast<float>(o * 7919 % 101); });
      EXPECT_TRUE(std::is_sorted(judges.outputs.begin(), judges.outputs.end()));
      EXPECT_LE(judges.outputs.size(), 2 * kJudges + 8);
      double all = 0;
      for (const double share : judges.shares) all += share;
      EXPECT_NEAR(all, static_cast<double>(outputs), 1e-9 * all);
    }
  }
}

TEST(WideFit, OfARowOfZerosIsZero) {
  Problem problem(300, 3, 40, 0.0);
  for (float& x : problem.rows.fit[0].x) x = 0;
  for (float& x : problem.rows.held[0].x) x = 0;
  const LayerFit fit = problem.wide();
  EXPECT_TRUE(std::isfinite(fit.error_after));
  EXPECT_LE(fit.error_after, fit.error_before);
}

/// Eight chains, whatever the width of vectors.
TEST(VectorSums, HaveTheBitsOfEightChains) {
  Noise source(3);
  for (std::size_t n = 0; n <= 67; ++n) {
    std::vector<double> a(7 * n), b(n), y(n);
    for (double& value : a) value = source.next();
    for (double& value : b) value = source.next();
    std::vector<const double*> rows;
    for (std::size_t r = 0; r < 7; ++r) rows.push_back(a.data() + r * n);
    for (std::size_t count = 1; count <= 7; ++count) {
      std::vector<double> result(count);
      dots(std::span(rows).first(count), b.data(), n, result.data());
      for (std::size_t r = 0; r < count; ++r) {
        double c[8] = {};
        for (std::size_t i = 0; i < n; ++i) c[i % 8] += rows[r][i] * b[i];
        const double sum = ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
        ASSERT_EQ(result[r], sum) << n << " elements, row " << r << " of " << count;
      }
    }
    for (double& value : y) value = source.next();
    std::vector<double> expected = y;
    for (std::size_t i = 0; i < n; ++i) expected[i] += 0.3 * b[i];
    add_scaled(y.data(), 0.3, b.data(), n);
    ASSERT_EQ(y, expected);
  }
}

}  // namespace
}  // namespace xquant::quantize
