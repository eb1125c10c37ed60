#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/layer_fit.h"
#include "quantize/reconstruct/moments.h"

namespace xquant::quantize {

/// A layer, or some of its outputs by themselves: every output is a problem of its own.
struct LayerProblem {
  std::size_t inputs = 0;
  std::size_t outputs = 0;  ///< of a group
  bool per_channel = false;
  bool power_of_two = false;
  bool has_bias = false;
  std::vector<WeightRows> weights{};  ///< by group
  std::vector<float> scales{};        ///< [channels], as calibrated
  std::vector<float> least{};         ///< [channels], no scale may be smaller
  std::vector<double> bias{};         ///< [channels]
  std::vector<double> shares{};       ///< [outputs], how much each counts; empty: all alike
  LayerMoments moments{};

  std::size_t groups() const { return weights.size(); }
  std::size_t channels() const { return groups() * outputs; }
  double share(std::size_t output) const { return shares.empty() ? 1.0 : shares[output]; }
  /// Whether every output may have any scale.
  bool free_scales() const { return per_channel && !power_of_two; }
};

/// bias: [channels], what the float model adds.
LayerProblem problem_of(const Layer& layer, const plan::ConstantOperand& operand,
                        const Tensor& weight, std::span<const float> bias, LayerMoments moments);

/// The problem of those outputs.
LayerProblem part_of(const LayerProblem& whole, const Judges& judges);

/// The outputs that stand for all.
Judges judges_of(const LayerProblem& problem);

}  // namespace xquant::quantize
