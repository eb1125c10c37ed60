#include "quantize/reconstruct/rounding.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/cancellation.h"
#include "quantize/params.h"
#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {
namespace {

double nearest(double value, double scale) {
  const double steps = std::nearbyint(value / scale);
  if (std::isnan(steps)) return 0;  // no integer stands for it
  return std::clamp(steps, -kLargestWeight, kLargestWeight);
}

/// Rounds outputs [begin, end) together, so that each row of R is read once for all of them.
void round_block(const RoundingOrder& order, const WeightRows& weights,
                 std::span<const float> scales, std::size_t begin, std::size_t end,
                 std::int8_t* integers) {
  const std::size_t n = weights.inputs;
  // pushed[r][j]: the sum over steps i < j of R[i][j] e_i.
  std::vector<double> pushed((end - begin) * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    cancellation_point();
    const double* const r = order.row(j);
    const std::size_t input = order.input(j);
    for (std::size_t o = begin; o < end; ++o) {
      double* const mine = pushed.data() + (o - begin) * n;
      const double weight = weights.values[o * n + input];
      const auto scale = static_cast<double>(scales[o]);
      const double q = nearest(weight + mine[j] / r[0], scale);
      integers[o * n + input] = static_cast<std::int8_t>(q);
      const double error = weight - q * scale;
      if (error != 0) add_scaled(mine + j + 1, error, r + 1, n - j - 1);
    }
  }
}

}  // namespace

RoundingOrder::RoundingOrder(const Moments& moments, double ridge)
    : ridge_(ridge), order_(moments.inputs) {
  const std::size_t n = moments.inputs;
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  // What is not a number comes last, so that the order is one.
  const auto power = [&](std::size_t i) {
    const double square = moments.xx[i * n + i];
    return std::isnan(square) ? -1.0 : square;
  };
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    const double left = power(a), right = power(b);
    return left != right ? left > right : a < b;
  });
  // R is the Cholesky factor of the matrix with rows and columns reversed, reversed back.
  std::vector<double> reversed(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    const double* from = moments.xx.data() + order_[n - 1 - i] * n;
    for (std::size_t j = 0; j <= i; ++j) reversed[i * n + j] = from[order_[n - 1 - j]];
  }
  const Cholesky factor(reversed, n, ridge);
  rows_.reserve(n * (n + 1) / 2);
  for (std::size_t i = 0; i < n; ++i) {
    starts_.push_back(rows_.size());
    for (std::size_t j = i; j < n; ++j) rows_.push_back(0);
  }
  // L[a][b] of the reversed matrix is R[n-1-a][n-1-b] with a >= b, that is row n-1-a, column
  // n-1-b >= n-1-a.
  for (std::size_t a = 0; a < n; ++a) {
    const double* const from = factor.row(a);
    double* const to = rows_.data() + starts_[n - 1 - a];
    for (std::size_t b = 0; b <= a; ++b) to[a - b] = from[b];
  }
}

std::vector<double> RoundingOrder::free_costs() const {
  std::vector<double> costs(size());
  for (std::size_t j = 0; j < size(); ++j) costs[input(j)] = row(j)[0] * row(j)[0];
  return costs;
}

void RoundingOrder::solve(std::span<double> x) const {
  const std::size_t n = size(), count = x.size() / std::max<std::size_t>(n, 1);
  std::vector<double> z(x.size(), 0.0), sums(count);
  std::vector<const double*> tails(count);
  for (std::size_t j = n; j-- > 0;) {
    cancellation_point();
    for (std::size_t r = 0; r < count; ++r) tails[r] = z.data() + r * n + j + 1;
    dots(tails, row(j) + 1, n - j - 1, sums.data());
    for (std::size_t r = 0; r < count; ++r) {
      z[r * n + j] = (x[r * n + input(j)] - sums[r]) / row(j)[0];
    }
  }
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t r = 0; r < count; ++r) {
      double* const mine = z.data() + r * n + j;
      *mine /= row(j)[0];
      add_scaled(mine + 1, -*mine, row(j) + 1, n - j - 1);
    }
  }
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t j = 0; j < n; ++j) x[r * n + input(j)] = z[r * n + j];
  }
}

std::vector<std::int8_t> round_second_order(const RoundingOrder& order, const WeightRows& weights,
                                            std::span<const float> scales,
                                            const ForEach& for_each) {
  constexpr std::size_t kTogether = 8;
  std::vector<std::int8_t> integers(weights.values.size());
  for_each(static_cast<std::int64_t>((weights.outputs + kTogether - 1) / kTogether),
           [&](std::int64_t task) {
             const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
             round_block(order, weights, scales, begin,
                         std::min(begin + kTogether, weights.outputs), integers.data());
           });
  return integers;
}

void descend(const Moments& moments, double ridge, double scale, int sweeps,
             std::span<double> slope, std::span<std::int8_t> integers) {
  const std::size_t n = integers.size();
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    cancellation_point();
    bool changed = false;
    for (std::size_t i = 0; i < n; ++i) {
      const double curvature = moments.xx[i * n + i] + ridge;
      if (!(curvature > 0)) continue;
      std::int8_t& q = integers[i];
      const double before = static_cast<double>(q);
      const double after = std::clamp(before + std::nearbyint(slope[i] / (scale * curvature)),
                                      -kLargestWeight, kLargestWeight);
      if (after == before || std::isnan(after)) continue;  // not a number: so are the rows
      q = static_cast<std::int8_t>(after);
      const double step = scale * (before - after);  // of the error
      add_scaled(slope.data(), step, moments.xx.data() + i * n, n);
      slope[i] += ridge * step;
      changed = true;
    }
    if (!changed) break;
  }
}

void refine(const Moments& moments, double ridge, const WeightRows& weights,
            std::span<const float> scales, int sweeps, std::span<std::int8_t> integers,
            const ForEach& for_each) {
  const std::size_t n = weights.inputs;
  for_each(static_cast<std::int64_t>(weights.outputs), [&](std::int64_t output) {
    const auto o = static_cast<std::size_t>(output);
    const auto scale = static_cast<double>(scales[o]);
    const auto row = weights.row(o);
    std::vector<double> slope(n, 0.0);  // H e
    for (std::size_t i = 0; i < n; ++i) {
      const double error = row[i] - scale * static_cast<double>(integers[o * n + i]);
      if (error == 0) continue;
      add_scaled(slope.data(), error, moments.xx.data() + i * n, n);
      slope[i] += ridge * error;
    }
    descend(moments, ridge, scale, sweeps, slope, integers.subspan(o * n, n));
  });
}

std::vector<std::int8_t> round_to_nearest(const WeightRows& weights,
                                          std::span<const float> scales) {
  std::vector<std::int8_t> integers(weights.values.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const auto scale = static_cast<double>(scales[i / weights.inputs]);
    integers[i] = static_cast<std::int8_t>(nearest(weights.values[i], scale));
  }
  return integers;
}

float choose_scale(std::span<const double> costs, std::span<const double> row, float calibrated,
                   float least) {
  double largest = 0;
  for (const double w : row) largest = std::max(largest, std::abs(w));
  if (largest == 0) return calibrated;
  float best = 0;
  double best_error = 0;
  constexpr int kSteps = 25;  // from the full range down to half of it, in steps of 2 %
  for (int step = 0; step <= kSteps; ++step) {
    const double share = 1 - 0.02 * step;
    const float scale = std::max(static_cast<float>(share * largest / kLargestWeight), least);
    double error = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const double w = row[k];
      const double e = w - nearest(w, static_cast<double>(scale)) * static_cast<double>(scale);
      error += costs[k] * e * e;
    }
    if (step > 0 && error >= best_error) continue;
    best = scale;
    best_error = error;
  }
  return best;
}

WeightRows dequantized(std::span<const std::int8_t> integers, std::span<const float> scales,
                       std::size_t inputs) {
  WeightRows rows{.outputs = scales.size(), .inputs = inputs, .values = {}};
  rows.values.reserve(integers.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    rows.values.push_back(static_cast<double>(integers[i]) *
                          static_cast<double>(scales[i / inputs]));
  }
  return rows;
}

}  // namespace xquant::quantize
