#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quantize/reconstruct/cholesky.h"
#include "quantize/reconstruct/moments.h"

namespace xquant::quantize {

/// Symmetric int8 weights never use -128, so that products of two int8 fit wherever they are added
/// in pairs.
inline constexpr double kLargestWeight = 127;

/// The order in which the inputs of an operator are rounded, and the factor that goes with it.
///
/// For errors e = w - q of one output, e^T H e = sum over j of (R^T e)_j^2 with H = R R^T, R upper
/// triangular. (R^T e)_j holds e_j and the errors of the inputs rounded before it, so rounding in
/// ascending j what is left of each term pushes every error onto the inputs that are still free:
/// the nearest-plane form of OBQ and GPTQ (Frantar et al. 2022), which needs no inverse of H.
class RoundingOrder {
 public:
  /// Inputs by descending variance, equal ones by index; H = moments.xx + ridge on the diagonal.
  RoundingOrder(const Moments& moments, double ridge);

  std::size_t size() const { return order_.size(); }
  double ridge() const { return ridge_; }
  /// The input that is rounded at step j.
  std::size_t input(std::size_t j) const { return order_[j]; }
  /// R[j][j...]: size() - j elements.
  const double* row(std::size_t j) const { return rows_.data() + starts_[j]; }
  /// By input: what an error there costs when all later inputs make up for it, R[j][j]^2.
  std::vector<double> free_costs() const;
  /// x = H^-1 x for each of several x [count][size()], in the operator's order of inputs.
  void solve(std::span<double> x) const;

 private:
  double ridge_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> starts_;
  std::vector<double> rows_;
};

/// Weights of one group of an operator: [outputs][inputs].
struct WeightRows {
  std::size_t outputs = 0;
  std::size_t inputs = 0;
  std::vector<double> values{};

  std::span<const double> row(std::size_t o) const { return {values.data() + o * inputs, inputs}; }
};

/// Integers for all outputs: scales has one entry for each output.
std::vector<std::int8_t> round_second_order(const RoundingOrder& order, const WeightRows& weights,
                                            std::span<const float> scales, const ForEach& for_each);

/// Coordinate descent for one output on a function of its integers q whose second derivative by
/// scale q is 2 (moments.xx + ridge I): each integer in turn takes the value that is best while all
/// others stay, at most `sweeps` times over all of them. slope [inputs]: minus half the derivative
/// by scale q, kept up to date.
void descend(const Moments& moments, double ridge, double scale, int sweeps,
             std::span<double> slope, std::span<std::int8_t> integers);

/// descend() for all outputs on e^T (moments.xx + ridge I) e, e = w - scale q, from the given
/// integers on. The sum never grows.
void refine(const Moments& moments, double ridge, const WeightRows& weights,
            std::span<const float> scales, int sweeps, std::span<std::int8_t> integers,
            const ForEach& for_each);

/// clamp(rint(w / scale), -127, 127).
std::vector<std::int8_t> round_to_nearest(const WeightRows& weights, std::span<const float> scales);

/// Of the scales c max|w| / 127 the one with the smallest error of rounding to nearest, where an
/// error of input k counts costs[k] times; never below `least`. A row of zeros keeps `calibrated`.
float choose_scale(std::span<const double> costs, std::span<const double> row, float calibrated,
                   float least);

/// The float weights that integers stand for.
WeightRows dequantized(std::span<const std::int8_t> integers, std::span<const float> scales,
                       std::size_t inputs);

}  // namespace xquant::quantize
