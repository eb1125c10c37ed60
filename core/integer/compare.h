#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "integer/headroom.h"
#include "integer/linear.h"
#include "integer/lower.h"
#include "integer/stage.h"
#include "runtime/executor.h"

namespace xquant::integer {

/// An island's integer results against its float reference on the same quantized operands.
///
/// Both round the same real number: the integers once, the float path after sums in binary32. Where
/// that number lies closer to the middle between two steps than the float path can be trusted, the
/// two may differ by one step: a tie. A real bias is rounded to units of the accumulators; where
/// such a unit is larger than a step of the result (a Sigmoid behind wide sums), they may differ by
/// more. The trust is a bound, not a measurement: (depth + 3) * 2^-24 times the largest sum of
/// magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), plus the rounding of a
/// real bias to int32. Behind an activation the bound is what the activation makes of an operand
/// that is that far off. Operators on real numbers are trusted to 64 roundings of their largest
/// operand; tables are equal.
struct IslandStats {
  std::int64_t elements = 0;
  std::int64_t ties = 0;         ///< differ within the bound
  std::int64_t coarse_bias = 0;  ///< of these, by more than one step
  std::int64_t unexplained = 0;  ///< differ otherwise: a defect
  std::int32_t largest_steps = 0;
  double farthest_tie = 0;  ///< largest distance of a tie from where it would be equal, in steps
  /// Real results outside the range of the codes; below it only where it goes below 0: a range that
  /// starts at 0 takes the place of a Relu.
  std::int64_t saturated_low = 0, saturated_high = 0;
  /// Of float results: largest difference, and largest magnitude, of the reference.
  double largest_difference = 0, largest_magnitude = 0;
};

class IslandComparison {
 public:
  /// The pool, which may be null, runs the reference.
  IslandComparison(const Lowered& lowered, const runtime::OpsetImports& opsets,
                   const Island& island, ThreadPool* pool);

  /// One run: the values of island.inputs, and of island.output.
  void add(std::span<const Tensor> inputs, const Tensor& output);

  const IslandStats& stats() const { return stats_; }
  /// nullopt when the island has no accumulators.
  const std::optional<Headroom>& headroom() const { return product_ ? of_data_ : headroom_; }
  /// Why it ran in float in spite of what was decided; "" when it did not.
  std::string why_float() const {
    const bool is_deep = of_data_ && of_data_->depth > product_->deepest;
    return is_deep ? too_deep(of_data_->depth, product_->deepest) : "";
  }

 private:
  void set_bounds(const Lowered& lowered, const Island& island);
  /// How far the float path may be from the accumulator's real number, in the units of steps_.
  double product_bound(std::size_t channel, double real) const;
  double bound(std::size_t channel, double position) const;
  /// In steps of the result, behind a stage whose operand is `before`.
  double stage_bound(std::size_t channel, float before) const;
  /// reference: q, its real number before QuantizeLinear, and that before a stage.
  void compare_steps(const Tensor& ours, const std::vector<Tensor>& reference);
  void compare_reals(const Tensor& ours, const Tensor& reference);
  std::size_t channel_of(const Shape& shape, std::size_t element) const;

  std::unique_ptr<runtime::Executor> reference_;
  std::optional<Headroom> headroom_;
  std::optional<ProductOfData> product_;
  std::optional<Headroom> of_data_;  ///< of product_, over the deepest sums so far
  std::optional<Linear> result_;
  std::optional<Stage> stage_;
  bool channels_last_ = false;
  bool is_table_ = false;
  double largest_real_ = 0;  ///< that an operand can stand for
  double bias_rounding_ = 0;
  std::int32_t x_zero_ = 0;
  float stage_scale_ = 1;  ///< of the result behind a stage
  double x_reach_ = 0;     ///< largest |x - zero point| of the current run
  /// Of the result, or of the stage's operand, for each accumulator unit, for each channel.
  std::vector<double> steps_;
  IslandStats stats_;
};

}  // namespace xquant::integer
