#include "quantize/reconstruct/rounding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "quantize/reconstruct/compensation.h"
#include "quantize/second_order.h"

namespace xquant::quantize {
namespace {

constexpr float kScale = 0.25F;

std::vector<double> round_row(const Moments& moments, const std::vector<double>& w) {
  const RoundingOrder order(moments, 1e-9);
  const WeightRows rows{.outputs = 1, .inputs = w.size(), .values = w};
  const auto integers =
      round_second_order(order, rows, std::vector<float>{kScale}, on_this_thread());
  return {integers.begin(), integers.end()};
}

/// The smallest error that any integers near w / scale have.
double smallest_error(const Moments& moments, const std::vector<double>& w) {
  double best = 1e300;
  std::vector<double> q(w.size());
  const auto visit = [&](auto&& self, std::size_t i) -> void {
    if (i == w.size()) {
      best = std::min(best, quadratic_error(moments, w, q, static_cast<double>(kScale)));
      return;
    }
    for (int step = -3; step <= 3; ++step) {
      q[i] = std::nearbyint(w[i] / static_cast<double>(kScale)) + step;
      self(self, i + 1);
    }
  };
  visit(visit, 0);
  return best;
}

TEST(Cholesky, FactorsTheMatrixWithItsRidge) {
  const std::vector<double> a = {4, 2, -2, 2, 10, 4, -2, 4, 9};
  const Cholesky factor(a, 3, 0.5);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k <= j; ++k) sum += factor.row(i)[k] * factor.row(j)[k];
      EXPECT_NEAR(sum, a[i * 3 + j] + (i == j ? 0.5 : 0.0), 1e-12);
    }
  }
}

TEST(Cholesky, OfASingularMatrixIsFinite) {
  const Cholesky factor(std::vector<double>(9, 1.0), 3, 1e-6);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isfinite(factor.row(i)[i]));
}

TEST(RoundingOrder, SolvesWithTheMatrixItFactored) {
  const Moments m = moments_of(correlated_rows(200, {1, 2, 3, 4}, 7), on_this_thread());
  const RoundingOrder order(m, 0.01);
  std::vector<double> x = {1, -2, 3, 0.5};
  const std::vector<double> b = x;
  order.solve(x);
  for (std::size_t i = 0; i < 4; ++i) {
    double sum = 0.01 * x[i];
    for (std::size_t j = 0; j < 4; ++j) sum += m.xx[i * 4 + j] * x[j];
    EXPECT_NEAR(sum, b[i], 1e-9);
  }
}

/// Of so many inputs; nothing else is known.
Moments second_moments(std::vector<double> xx, std::size_t inputs) {
  return {.count = 1,
          .inputs = inputs,
          .outputs = 1,
          .mean_x = {},
          .mean_y = {},
          .xx = std::move(xx),
          .yx = {},
          .yy = {}};
}

TEST(SecondOrderRounding, OfUncorrelatedInputsIsToNearest) {
  EXPECT_EQ(round_row(second_moments({2, 0, 0, 0, 1, 0, 0, 0, 3}, 3), {0.3, -0.9, 0.1}),
            (std::vector<double>{1, -4, 0}));
}

TEST(SecondOrderRounding, OfWhatIsNoNumberIsZero) {
  // As where a calibration sample holds NaN: what is not a number must not become an integer by the
  // machine's rules, which differ.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(round_row(second_moments({nan, nan, nan, nan}, 2), {0.3, -0.9}),
            (std::vector<double>{1, 0}));
  EXPECT_EQ(round_row(second_moments({1, 0, 0, 1}, 2), {nan, 0.5}), (std::vector<double>{0, 0}));
}

TEST(SecondOrderRounding, LiesBetweenTheExhaustiveOptimumAndNearest) {
  double nearest_sum = 0, ours_sum = 0, best_sum = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    Noise noise(seed);
    const std::vector<double> w = {noise.next(), noise.next(), noise.next()};
    const Moments m = moments_of(correlated_rows(300, w, seed + 100), on_this_thread());
    std::vector<double> nearest;
    for (const double weight : w) {
      nearest.push_back(std::nearbyint(weight / static_cast<double>(kScale)));
    }
    const double best = smallest_error(m, w);
    const double ours = quadratic_error(m, w, round_row(m, w), static_cast<double>(kScale));
    EXPECT_GE(ours, best - 1e-12);
    nearest_sum += quadratic_error(m, w, nearest, static_cast<double>(kScale));
    ours_sum += ours;
    best_sum += best;
  }
  // Inputs with 92 % correlation: pushing errors on gains most of what there is to gain.
  EXPECT_LT(ours_sum, best_sum + 0.25 * (nearest_sum - best_sum));
}

TEST(Refinement, NeverRaisesTheErrorAndComesNearerToTheOptimum) {
  double before_sum = 0, after_sum = 0, best_sum = 0;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    Noise noise(seed);
    const std::vector<double> w = {noise.next(), noise.next(), noise.next()};
    const Moments m = moments_of(correlated_rows(300, w, seed + 100), on_this_thread());
    const WeightRows rows{.outputs = 1, .inputs = 3, .values = w};
    const std::vector<float> scales = {kScale};
    std::vector<std::int8_t> integers = round_to_nearest(rows, scales);
    const auto error = [&] {
      return quadratic_error(m, w, {integers.begin(), integers.end()}, static_cast<double>(kScale));
    };
    const double before = error();
    refine(m, 0, rows, scales, 8, integers, on_this_thread());
    EXPECT_LE(error(), before + 1e-15);
    EXPECT_GE(error(), smallest_error(m, w) - 1e-12);
    before_sum += before;
    after_sum += error();
    best_sum += smallest_error(m, w);
  }
  EXPECT_LT(after_sum, best_sum + 0.5 * (before_sum - best_sum));
}

TEST(SecondOrderRounding, OfTwoWeightsIsOptimalWhenTheFirstIsFree) {
  // Perfectly correlated inputs: only the sum of the errors counts, and the second makes up for the
  // first.
  Moments m{.count = 1,
            .inputs = 2,
            .outputs = 1,
            .mean_x = {},
            .mean_y = {},
            .xx = {},
            .yx = {},
            .yy = {}};
  m.xx = {1, 1, 1, 1};
  const std::vector<double> w = {0.1, 0.1};
  const std::vector<double> q = round_row(m, w);
  EXPECT_EQ(q[0] + q[1], 1);
}

TEST(ChosenScale, IsTheFullRangeWhenClippingCosts) {
  Moments m{.count = 1,
            .inputs = 2,
            .outputs = 1,
            .mean_x = {},
            .mean_y = {},
            .xx = {},
            .yx = {},
            .yy = {}};
  m.xx = {1, 0, 0, 1};
  const RoundingOrder order(m, 0);
  const std::vector<double> row = {1.27, 0.01};
  EXPECT_FLOAT_EQ(choose_scale(order.free_costs(), row, 1, 0), 0.01F);
}

TEST(ChosenScale, ClipsAnInputThatNeverChanges) {
  Moments m{.count = 1,
            .inputs = 2,
            .outputs = 1,
            .mean_x = {},
            .mean_y = {},
            .xx = {},
            .yx = {},
            .yy = {}};
  m.xx = {1e-12, 0, 0, 1};
  const RoundingOrder order(m, 0);
  const std::vector<double> row = {1.27, 0.0149};
  EXPECT_LT(choose_scale(order.free_costs(), row, 1, 0), 0.01F);
}

TEST(Moments, GiveTheErrorThatRowsGive) {
  const Rows rows = correlated_rows(700, {1, -2, 0.5}, 3);
  const Moments m = moments_of(rows, on_this_thread());
  const std::vector<double> v = {0.9, -1.8, 0.7};
  double sum = 0;
  for (std::size_t r = 0; r < rows.count; ++r) {
    double y = 0.1;
    for (std::size_t k = 0; k < 3; ++k) y += v[k] * static_cast<double>(rows.x[r * 3 + k]);
    const double error = y - static_cast<double>(rows.y[r]);
    sum += error * error;
  }
  // The products are summed in float over 256 rows.
  const double bias = 0.1;
  double error = 0;
  squared_errors(m, 0, v.data(), {&bias, 1}, {&error, 1});
  EXPECT_NEAR(error, sum / 700, 1e-5 * sum / 700);
}

TEST(Moments, DoNotDependOnThreads) {
  ThreadPool pool(3);
  const Rows rows = correlated_rows(1000, std::vector<double>(300, 0.5), 5);
  const Moments one = moments_of(rows, on_this_thread());
  const Moments three = moments_of(rows, on_threads(pool));
  EXPECT_EQ(one.xx, three.xx);
  EXPECT_EQ(one.yx, three.yx);
}

TEST(Compensation, FindsTheWeightsThatUndoAChangeOfTheInputs) {
  // The quantized inputs are twice the float ones: half the weights restore the results.
  Rows rows = correlated_rows(2000, {1, 2, -3}, 11);
  for (float& x : rows.x) x *= 2;
  const Moments m = moments_of(rows, on_this_thread());
  const WeightRows weights{.outputs = 1, .inputs = 3, .values = {1, 2, -3}};
  const WeightRows found =
      compensate(m, weights, RoundingOrder(m, 1e-6 * m.mean_diagonal()), on_this_thread());
  EXPECT_NEAR(found.values[0], 0.5, 1e-3);
  EXPECT_NEAR(found.values[1], 1, 1e-3);
  EXPECT_NEAR(found.values[2], -1.5, 1e-3);
}

}  // namespace
}  // namespace xquant::quantize
