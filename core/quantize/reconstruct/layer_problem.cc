#include "quantize/reconstruct/layer_problem.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quantize/calibrate/bias_room.h"

namespace xquant::quantize {
namespace {

/// The moments of those outputs.
std::vector<Moments> part_of(const std::vector<Moments>& whole,
                             const std::vector<std::size_t>& outputs) {
  std::vector<Moments> parts;
  for (const Moments& all : whole) {
    Moments part{.count = all.count, .inputs = all.inputs, .outputs = outputs.size()};
    part.mean_x = all.mean_x;
    part.xx = all.xx;
    for (const std::size_t o : outputs) {
      part.mean_y.push_back(all.mean_y[o]);
      part.yy.push_back(all.yy[o]);
      const auto row = all.yx.begin() + static_cast<std::ptrdiff_t>(o * all.inputs);
      part.yx.insert(part.yx.end(), row, row + static_cast<std::ptrdiff_t>(all.inputs));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

LayerProblem problem_of(const Layer& layer, const plan::ConstantOperand& operand,
                        const Tensor& weight, std::span<const float> bias, LayerMoments moments) {
  LayerProblem problem{.inputs = layer.inputs(),
                       .outputs = layer.outputs(),
                       .per_channel = operand.params.per_channel(),
                       .power_of_two = operand.power_of_two,
                       .has_bias = layer.bias_use().has_value()};
  for (std::size_t g = 0; g < layer.groups(); ++g) {
    problem.weights.push_back(layer.weights(weight, g));
  }
  problem.scales = problem.per_channel
                       ? operand.params.scales
                       : std::vector<float>(layer.channels(), operand.params.scales[0]);
  problem.least = least_scales(operand, weight);
  problem.least.resize(layer.channels(), problem.least[0]);
  problem.bias.assign(bias.begin(), bias.end());
  problem.moments = std::move(moments);
  return problem;
}

LayerProblem part_of(const LayerProblem& whole, const Judges& judges) {
  const std::vector<std::size_t>& outputs = judges.outputs;
  LayerProblem part = {.inputs = whole.inputs,
                       .outputs = outputs.size(),
                       .per_channel = whole.per_channel,
                       .power_of_two = whole.power_of_two,
                       .has_bias = whole.has_bias};
  for (std::size_t g = 0; g < whole.groups(); ++g) {
    WeightRows rows{.outputs = outputs.size(), .inputs = whole.inputs};
    for (const std::size_t o : outputs) {
      const auto row = whole.weights[g].row(o);
      rows.values.insert(rows.values.end(), row.begin(), row.end());
      part.scales.push_back(whole.scales[g * whole.outputs + o]);
      part.least.push_back(whole.least[g * whole.outputs + o]);
      part.bias.push_back(whole.bias[g * whole.outputs + o]);
    }
    part.weights.push_back(std::move(rows));
  }
  part.shares = judges.shares;
  part.moments = {part_of(whole.moments.fit, outputs), part_of(whole.moments.held, outputs), {}};
  return part;
}

Judges judges_of(const LayerProblem& problem) {
  return judges_of(problem.outputs, !problem.per_channel, [&](std::size_t o) {
    double widest = 0;
    for (const WeightRows& rows : problem.weights) {
      for (const double w : rows.row(o)) widest = std::max(widest, std::abs(w));
    }
    return static_cast<float>(widest);
  });
}

}  // namespace xquant::quantize
