#include "quantize/reconstruct/learning/output_descent.h"

#include <algorithm>
#include <cmath>

#include "base/cancellation.h"
#include "quantize/reconstruct/rounding.h"
#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {
namespace {

/// What the bias has to change by for errors without weighted mean.
double best_shift(const std::vector<double>& errors, const std::vector<double>& weights) {
  const double total = dot(weights.data(), weights.data(), weights.size());
  return total > 0 ? -dot(errors.data(), weights.data(), errors.size()) / total : 0;
}

}  // namespace

OutputDescent::OutputDescent(const OutputProblem& problem, const IntegerOutput& start)
    : problem_(problem), start_(start), curvatures_(start.integers.size()) {
  std::vector<double> column(problem.rows);
  for (std::size_t k = 0; k < curvatures_.size(); ++k) {
    const float* const x = problem.column(k);
    std::copy(x, x + problem.rows, column.begin());
    curvatures_[k] = dot(column.data(), column.data(), column.size());
    mean_curvature_ += curvatures_[k];
  }
  mean_curvature_ /= static_cast<double>(std::max<std::size_t>(curvatures_.size(), 1));
}

IntegerOutput OutputDescent::run(int sweeps, double ridge, bool has_bias) const {
  IntegerOutput output = start_;
  std::vector<double> errors = problem_.errors;
  const auto centre = [&] {
    if (!has_bias) return;
    const double shift = best_shift(errors, problem_.weights);
    output.bias += shift;
    add_scaled(errors.data(), shift, problem_.weights.data(), errors.size());
  };
  ridge *= mean_curvature_;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    cancellation_point();
    centre();
    bool moved = false;
    for (std::size_t k = 0; k < curvatures_.size(); ++k) {
      const double curvature = curvatures_[k] + ridge;
      if (!(curvature > 0)) continue;
      const double now = output.integers[k];
      const double slope = dot(errors.data(), problem_.column(k), errors.size()) +
                           ridge * output.scale * (now - start_.integers[k]);
      const double best = std::clamp(std::nearbyint(now - slope / (curvature * output.scale)),
                                     -kLargestWeight, kLargestWeight);
      if (best == now || std::isnan(best)) continue;  // not a number: so are the rows
      add_scaled(errors.data(), (best - now) * output.scale, problem_.column(k), errors.size());
      output.integers[k] = static_cast<std::int8_t>(best);
      moved = true;
    }
    if (!moved) break;
  }
  centre();
  return output;
}

IntegerOutput OutputDescent::run(const Moments& moments, int sweeps, double ridge,
                                 bool has_bias) const {
  IntegerOutput output = start_;
  const auto rows = static_cast<double>(std::max<std::size_t>(problem_.rows, 1));
  std::vector<double> errors = problem_.errors;
  const double mean = has_bias ? -best_shift(errors, problem_.weights) : 0;
  for (double& error : errors) error -= mean;
  std::vector<double> slope(start_.integers.size());
  for (std::size_t k = 0; k < slope.size(); ++k) {
    slope[k] = -dot(errors.data(), problem_.column(k), errors.size()) / rows;
  }
  descend(moments, ridge * mean_curvature_ / rows, output.scale, sweeps, slope, output.integers);
  if (!has_bias) return output;
  output.bias -= mean;
  for (std::size_t k = 0; k < slope.size(); ++k) {
    output.bias -= output.scale * (output.integers[k] - start_.integers[k]) * moments.mean_x[k];
  }
  return output;
}

}  // namespace xquant::quantize
