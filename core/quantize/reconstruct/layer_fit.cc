#include "quantize/reconstruct/layer_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "quantize/params.h"
#include "quantize/reconstruct/compensation.h"
#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {
namespace {

/// One way to write the layer.
struct Candidate {
  Rounding rounding = Rounding::kNearest;
  std::vector<float> scales;                       ///< [channels]
  std::vector<std::vector<std::int8_t>> integers;  ///< by group, [outputs][inputs]
  std::vector<double> bias;                        ///< [channels]
  double error = 0;
};

class Fitter {
 public:
  Fitter(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
         std::span<const float> bias, const LayerMoments& moments, const Effort& effort,
         const ForEach& for_each)
      : layer_(layer),
        operand_(operand),
        weight_(weight),
        bias_(bias.begin(), bias.end()),
        moments_(moments),
        effort_(effort),
        for_each_(for_each) {
    for (std::size_t g = 0; g < layer.groups(); ++g) weights_.push_back(layer.weights(weight, g));
  }

  LayerFit fit() {
    Candidate best = nearest(Rounding::kNearest);
    const double before = best.error;
    if (layer_.bias_use()) consider(nearest(Rounding::kNearestCorrected), best);
    for (const double ridge : effort_.ridges) {
      const std::vector<RoundingOrder> orders = orders_with(ridge);
      const std::vector<WeightRows> compensated = compensated_with(orders);
      for (const std::vector<float>& fixed : tensor_scales()) {
        consider(second_order(Rounding::kSecondOrder, orders, weights_, fixed), best);
        consider(second_order(Rounding::kCompensated, orders, compensated, fixed), best);
      }
    }
    return finish(best, before);
  }

 private:
  std::size_t groups() const { return layer_.groups(); }
  std::size_t outputs() const { return layer_.outputs(); }
  bool per_channel() const { return operand_.params.per_channel(); }

  static void consider(Candidate candidate, Candidate& best) {
    if (candidate.error < best.error) best = std::move(candidate);
  }

  /// The calibrated scale of every channel.
  std::vector<float> calibrated_scales() const {
    if (per_channel()) return operand_.params.scales;
    return std::vector<float>(layer_.channels(), operand_.params.scales[0]);
  }

  /// The scales to try: for each channel by itself (an empty list), or, where the whole tensor has
  /// one power of two, the calibrated one and its neighbours.
  std::vector<std::vector<float>> tensor_scales() const {
    if (per_channel()) return {{}};
    std::vector<std::vector<float>> lists;
    for (const float factor : {1.0F, 0.5F, 2.0F}) {
      if (factor != 1.0F && !operand_.power_of_two) continue;
      const float scale = operand_.params.scales[0] * factor;
      if (scale >= kMinScale) lists.emplace_back(layer_.channels(), scale);
    }
    return lists;
  }

  Candidate nearest(Rounding rounding) const {
    Candidate candidate{
        .rounding = rounding, .scales = calibrated_scales(), .integers = {}, .bias = bias_};
    for (std::size_t g = 0; g < groups(); ++g) {
      candidate.integers.push_back(round_to_nearest(weights_[g], scales_of(candidate, g)));
    }
    judge(candidate, rounding == Rounding::kNearest);
    return candidate;
  }

  std::vector<RoundingOrder> orders_with(double share) const {
    std::vector<RoundingOrder> orders;
    for (const Moments& moments : moments_.fit) {
      const double mean = moments.mean_diagonal();
      orders.emplace_back(moments, mean > 0 ? share * mean : 1.0);
    }
    return orders;
  }

  std::vector<WeightRows> compensated_with(const std::vector<RoundingOrder>& orders) const {
    std::vector<WeightRows> result;
    for (std::size_t g = 0; g < groups(); ++g) {
      result.push_back(compensate(moments_.fit[g], weights_[g], orders[g], for_each_));
    }
    return result;
  }

  Candidate second_order(Rounding rounding, const std::vector<RoundingOrder>& orders,
                         const std::vector<WeightRows>& weights,
                         const std::vector<float>& fixed) const {
    Candidate candidate{.rounding = rounding, .scales = fixed, .integers = {}, .bias = bias_};
    if (fixed.empty()) {
      for (std::size_t g = 0; g < groups(); ++g) {
        for (std::size_t o = 0; o < outputs(); ++o) {
          const float calibrated = operand_.params.scales[g * outputs() + o];
          candidate.scales.push_back(choose_scale(orders[g], weights[g].row(o), calibrated));
        }
      }
    }
    for (std::size_t g = 0; g < groups(); ++g) {
      candidate.integers.push_back(
          round_second_order(orders[g], weights[g], scales_of(candidate, g), for_each_));
      if (effort_.sweeps == 0) continue;
      refine(moments_.fit[g], orders[g].ridge(), weights[g], scales_of(candidate, g),
             effort_.sweeps, candidate.integers[g], for_each_);
    }
    judge(candidate, false);
    return candidate;
  }

  std::span<const float> scales_of(const Candidate& candidate, std::size_t group) const {
    return std::span(candidate.scales).subspan(group * outputs(), outputs());
  }

  /// Sets the bias to what the means of `fit` ask for, unless it is kept, and measures on `held`.
  void judge(Candidate& candidate, bool keep_bias) const {
    std::vector<double> errors(layer_.channels());
    for (std::size_t g = 0; g < groups(); ++g) {
      const WeightRows rows =
          dequantized(candidate.integers[g], scales_of(candidate, g), layer_.inputs());
      for_each_(static_cast<std::int64_t>(outputs()), [&](std::int64_t output) {
        const auto o = static_cast<std::size_t>(output);
        const std::size_t channel = g * outputs() + o;
        if (!keep_bias && layer_.bias_use()) {
          candidate.bias[channel] = exact_bias(moments_.fit[g], o, rows.row(o));
        }
        errors[channel] = squared_error(moments_.held[g], o, rows.row(o), candidate.bias[channel]);
      });
    }
    candidate.error = 0;
    for (const double error : errors) candidate.error += error;
    candidate.error /= static_cast<double>(errors.size());
  }

  /// The bias with which the mean result is the float model's, as the float number that it becomes.
  static double exact_bias(const Moments& moments, std::size_t o, std::span<const double> w) {
    double bias = moments.mean_y[o];
    for (std::size_t k = 0; k < w.size(); ++k) bias -= w[k] * moments.mean_x[k];
    return static_cast<double>(static_cast<float>(bias));
  }

  LayerFit finish(const Candidate& best, double before) const {
    LayerFit fit{.rounding = best.rounding, .params = operand_.params};
    fit.error_before = before;
    fit.error_after = best.error;
    for (const Moments& moments : moments_.held) {
      for (const double variance : moments.yy) fit.signal += variance;
    }
    fit.signal /= static_cast<double>(layer_.channels());
    if (best.rounding == Rounding::kNearest) return fit;
    if (layer_.bias_use()) fit.bias.emplace(best.bias.begin(), best.bias.end());
    if (best.rounding == Rounding::kNearestCorrected) return fit;
    fit.params.scales = per_channel() ? best.scales : std::vector<float>{best.scales[0]};
    std::vector<std::int8_t> integers(static_cast<std::size_t>(weight_.size()));
    for (std::size_t g = 0; g < groups(); ++g) {
      for (std::size_t o = 0; o < outputs(); ++o) {
        for (std::size_t k = 0; k < layer_.inputs(); ++k) {
          integers[layer_.weight_index(g, o, k)] = best.integers[g][o * layer_.inputs() + k];
        }
      }
    }
    fit.rounded = Tensor::of<std::int8_t>(weight_.shape(), integers);
    return fit;
  }

  const Layer& layer_;
  const plan::ConstantOperand& operand_;
  const Tensor& weight_;
  std::vector<double> bias_;
  const LayerMoments& moments_;
  const Effort& effort_;
  const ForEach& for_each_;
  std::vector<WeightRows> weights_;
};

}  // namespace

std::string_view name(Rounding rounding) {
  switch (rounding) {
    case Rounding::kNearest:
      return "nearest";
    case Rounding::kNearestCorrected:
      return "nearest, bias corrected";
    case Rounding::kSecondOrder:
      return "second order";
    case Rounding::kCompensated:
      return "second order, inputs compensated";
  }
  return "";
}

LayerFit fit_layer(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
                   std::span<const float> bias, const LayerMoments& moments, const Effort& effort,
                   const ForEach& for_each) {
  return Fitter(layer, operand, weight, bias, moments, effort, for_each).fit();
}

}  // namespace xquant::quantize
