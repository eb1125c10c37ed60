#include "quantize/reconstruct/learning/learned_rounding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quantize/second_order.h"

namespace xquant::quantize {
namespace {

constexpr std::size_t kInputs = 8, kOutputs = 3, kRows = 300;
constexpr float kScale = 0.125F;  // exact in binary, so that errors can be computed anew exactly

/// Inputs with a common part, which lets errors of several weights make up for each other.
Rows rows(std::uint32_t seed, const std::vector<double>& weights) {
  Noise noise(seed);
  Rows rows{.count = kRows, .inputs = kInputs, .outputs = kOutputs};
  for (std::size_t r = 0; r < kRows; ++r) {
    const double common = noise.next();
    for (std::size_t k = 0; k < kInputs; ++k) {
      rows.x.push_back(static_cast<float>(common + 0.2 * noise.next()));
    }
    for (std::size_t o = 0; o < kOutputs; ++o) {
      double y = 0;
      for (std::size_t k = 0; k < kInputs; ++k) {
        y += weights[o * kInputs + k] * static_cast<double>(rows.x[r * kInputs + k]);
      }
      rows.y.push_back(static_cast<float>(y));
    }
  }
  return rows;
}

std::vector<double> weights() {
  Noise noise(5);
  std::vector<double> values;
  for (std::size_t i = 0; i < kInputs * kOutputs; ++i) values.push_back(noise.next());
  return values;
}

IntegerLayer nearest(const std::vector<double>& weights) {
  IntegerLayer layer{.integers = {{}},
                     .scales = std::vector<float>(kOutputs, kScale),
                     .bias = std::vector<double>(kOutputs, 0.0)};
  for (const double w : weights) {
    layer.integers[0].push_back(
        static_cast<std::int8_t>(std::nearbyint(w / static_cast<double>(kScale))));
  }
  return layer;
}

double squared_error(const Rows& rows, const IntegerLayer& layer, const Readable& readable) {
  double sum = 0;
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t o = 0; o < kOutputs; ++o) {
      double z = layer.bias[o];
      for (std::size_t k = 0; k < kInputs; ++k) {
        z += static_cast<double>(kScale) * layer.integers[0][o * kInputs + k] *
             static_cast<double>(rows.x[r * kInputs + k]);
      }
      const double y = static_cast<double>(rows.y[r * kOutputs + o]);
      const double error = readable.of(z) - readable.of(y);
      sum += error * error;
    }
  }
  return sum / static_cast<double>(rows.count * kOutputs);
}

TEST(LearnedRounding, NoOtherIntegerIsBetterWhileTheOthersStay) {
  const std::vector<double> w = weights();
  const Rows fit = rows(1, w), held = rows(2, w);
  IntegerLayer layer = nearest(w);
  layer.has_bias = false;
  const double start = squared_error(fit, layer, {});
  const std::vector<double> ridges{0};
  learn_rounding({fit}, {held}, {}, {ridges, 100, kRows}, layer, on_this_thread());
  const double reached = squared_error(fit, layer, {});
  EXPECT_LT(reached, 0.5 * start);
  for (std::int8_t& integer : layer.integers[0]) {
    for (const int step : {-1, 1}) {
      integer = static_cast<std::int8_t>(integer + step);
      EXPECT_GE(squared_error(fit, layer, {}), reached);
      integer = static_cast<std::int8_t>(integer - step);
    }
  }
}

TEST(LearnedRounding, ReportsTheErrorsOfTheRowsThatJudge) {
  const std::vector<double> w = weights();
  const Rows held = rows(2, w);
  const Readable relu{.low = 0};
  IntegerLayer layer = nearest(w);
  const double start = squared_error(held, layer, relu);
  const std::vector<double> ridges{0.01, 1};
  const auto result =
      learn_rounding({rows(1, w)}, {held}, relu, {ridges, 4, kRows}, layer, on_this_thread());
  // Double sums in another order.
  EXPECT_NEAR(result.error_before, start, 1e-9 * start);
  EXPECT_NEAR(result.error_after, squared_error(held, layer, relu), 1e-9 * start);
  EXPECT_LT(result.error_after, result.error_before);
}

/// In every tenth row the float result is far below zero whatever the inputs are: a fit of all
/// results has to give way to them.
TEST(LearnedRounding, RowsThatReluHidesDoNotCount) {
  const std::vector<double> w = weights();
  const auto with_hidden = [&](std::uint32_t seed) {
    Rows rows_ = rows(seed, w);
    for (std::size_t r = 0; r < kRows; r += 10) {
      for (std::size_t o = 0; o < kOutputs; ++o) rows_.y[r * kOutputs + o] = -20;
    }
    return rows_;
  };
  const Rows fit = with_hidden(1), held = with_hidden(2);
  const Readable relu{.low = 0};
  const std::vector<double> ridges{0.001};
  IntegerLayer all = nearest(w), read = nearest(w);
  // Judged by what each of them looks at, so that both keep what they learn.
  learn_rounding({fit}, {held}, {}, {ridges, 20, kRows}, all, on_this_thread());
  learn_rounding({fit}, {held}, relu, {ridges, 20, kRows}, read, on_this_thread());
  EXPECT_LT(squared_error(held, read, relu), squared_error(held, nearest(w), relu));
  EXPECT_LT(squared_error(held, read, relu), 0.25 * squared_error(held, all, relu));
}

TEST(LearnedRounding, KeepsTheLayerThatJudgesBetter) {
  const std::vector<double> w = weights();
  Rows few = rows(1, w);
  few.count = 2;
  Noise noise(9);
  for (float& y : few.y) y += static_cast<float>(noise.next());
  const IntegerLayer start = nearest(w);
  Rows held = rows(2, w);
  // The float results are those of the integers: nothing can be better.
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t o = 0; o < kOutputs; ++o) {
      double y = 0;
      for (std::size_t k = 0; k < kInputs; ++k) {
        y += static_cast<double>(kScale) * start.integers[0][o * kInputs + k] *
             static_cast<double>(held.x[r * kInputs + k]);
      }
      held.y[r * kOutputs + o] = static_cast<float>(y);
    }
  }
  IntegerLayer layer = start;
  const std::vector<double> ridges{0, 0.1};
  const auto result =
      learn_rounding({few}, {held}, {}, {ridges, 4, kRows}, layer, on_this_thread());
  EXPECT_EQ(result.error_after, result.error_before);
  EXPECT_EQ(layer.integers, start.integers);
  EXPECT_EQ(layer.bias, start.bias);
}

/// More inputs than second moments are kept of, fewer rows than inputs; all of them are sums of few
/// causes, so that this is enough to learn from.
TEST(LearnedRounding, GoesByTheRowsWhereTheyAreFewerThanInputs) {
  constexpr std::size_t kWide = 1100, kFew = 400, kCauses = 20;
  Noise noise(3);
  std::vector<double> w, shares;
  for (std::size_t k = 0; k < kWide; ++k) w.push_back(noise.next());
  for (std::size_t i = 0; i < kWide * kCauses; ++i) shares.push_back(noise.next());
  const auto wide = [&] {
    Rows rows_{.count = kFew, .inputs = kWide, .outputs = 1, .x = {}, .y = {}};
    for (std::size_t r = 0; r < kFew; ++r) {
      std::vector<double> causes;
      for (std::size_t i = 0; i < kCauses; ++i) causes.push_back(noise.next());
      double y = 0;
      for (std::size_t k = 0; k < kWide; ++k) {
        double x = 0;
        for (std::size_t i = 0; i < kCauses; ++i) x += shares[k * kCauses + i] * causes[i];
        rows_.x.push_back(static_cast<float>(x));
        y += w[k] * x;
      }
      rows_.y.push_back(static_cast<float>(y));
    }
    return rows_;
  };
  const Rows fit = wide(), held = wide();
  IntegerLayer layer{.integers = {{}}, .scales = {kScale}, .bias = {0}};
  for (const double value : w) {
    layer.integers[0].push_back(
        static_cast<std::int8_t>(std::nearbyint(value / static_cast<double>(kScale))));
  }
  const auto result =
      learn_rounding({fit}, {held}, {}, {{0.1, 1, 10}, 4, kFew}, layer, on_this_thread());
  EXPECT_LT(result.error_after, 0.1 * result.error_before);
}

/// Of 64 outputs and more some tell which ridge is taken: the same kind of gain, for all of them.
TEST(LearnedRounding, GainsOnAllOutputsWhereSomeChooseTheRidge) {
  constexpr std::size_t kMany = 70;
  const std::vector<double> w = weights();
  const auto many = [&](const Rows& few) {
    Rows rows_ = few;
    rows_.outputs = kMany;
    rows_.y.clear();
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t o = 0; o < kMany; ++o) rows_.y.push_back(few.y[r * kOutputs + o % kOutputs]);
    }
    return rows_;
  };
  const IntegerLayer few = nearest(w);
  IntegerLayer layer{.integers = {{}},
                     .scales = std::vector<float>(kMany, kScale),
                     .bias = std::vector<double>(kMany, 0.0)};
  for (std::size_t i = 0; i < kMany * kInputs; ++i) {
    layer.integers[0].push_back(few.integers[0][i % (kOutputs * kInputs)]);
  }
  const auto result = learn_rounding({many(rows(1, w))}, {many(rows(2, w))}, {.low = 0},
                                     {{0.01, 1}, 4, kRows}, layer, on_this_thread());
  EXPECT_LT(result.error_after, result.error_before);
  for (std::size_t i = kOutputs * kInputs; i < kMany * kInputs; ++i) {
    EXPECT_EQ(layer.integers[0][i], layer.integers[0][i % (kOutputs * kInputs)]);
  }
}

TEST(LearnedRounding, ThreadsDoNotChangeTheBits) {
  const std::vector<double> w = weights();
  const Rows fit = rows(1, w), held = rows(2, w);
  const std::vector<double> ridges{0.01, 0.1};
  IntegerLayer one = nearest(w), two = nearest(w);
  ThreadPool pool(2);
  const auto a =
      learn_rounding({fit}, {held}, {.low = 0}, {ridges, 4, kRows}, one, on_this_thread());
  const auto b =
      learn_rounding({fit}, {held}, {.low = 0}, {ridges, 4, kRows}, two, on_threads(pool));
  EXPECT_EQ(one.integers, two.integers);
  EXPECT_EQ(one.bias, two.bias);
  EXPECT_EQ(a.error_after, b.error_after);
}

TEST(LearnedRounding, AnErrorCountsAsMuchAsTheActivationLetsThrough) {
  const Readable leaky{.slope = 0.25, .low = -1, .high = 2};
  EXPECT_EQ(leaky.of(1), 1);
  EXPECT_EQ(leaky.of(-2), -0.5);
  EXPECT_EQ(leaky.of(-8), -1);
  EXPECT_EQ(leaky.of(3), 2);
  EXPECT_EQ(leaky.weight(1, 0.1), 1);
  EXPECT_EQ(leaky.weight(-2, 0.1), 0.0625);
  EXPECT_EQ(leaky.weight(-0.05, 0.1), 1);  // an error can bring it to the other side
  EXPECT_EQ(leaky.weight(-8, 0.1), 0);
  EXPECT_EQ(leaky.weight(3, 0.1), 0);
  EXPECT_EQ(Readable{}.weight(-1e9, 0), 1);
}

}  // namespace
}  // namespace xquant::quantize
