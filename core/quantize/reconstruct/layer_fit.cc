#include "quantize/reconstruct/layer_fit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "quantize/reconstruct/compensation.h"
#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer_candidate.h"
#include "quantize/reconstruct/layer_problem.h"
#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {
namespace {

/// Rounding orders of all groups, by ridge: they are the same for any outputs.
using Orders = std::map<double, std::vector<RoundingOrder>>;

class Fitter {
 public:
  Fitter(const LayerProblem& problem, const Effort& effort, const ForEach& for_each, Orders& orders)
      : problem_(problem), effort_(effort), for_each_(for_each), orders_(orders) {}

  /// Nearest integers with the bias as it is.
  Candidate nearest() const {
    Candidate candidate{.rounding = Rounding::kNearest,
                        .scales = problem_.scales,
                        .integers = {},
                        .bias = problem_.bias};
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      candidate.integers.push_back(round_to_nearest(problem_.weights[g], scales_of(candidate, g)));
    }
    judge(candidate, true);
    return candidate;
  }

  /// The same integers with the exact bias: of the error only the shift of the mean changes.
  Candidate corrected(Candidate candidate) const {
    candidate.rounding = Rounding::kNearestCorrected;
    double change = 0;
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      const WeightRows rows =
          dequantized(candidate.integers[g], scales_of(candidate, g), problem_.inputs);
      const Moments& held = problem_.moments.held[g];
      for (std::size_t o = 0; o < problem_.outputs; ++o) {
        double& bias = candidate.bias[g * problem_.outputs + o];
        double mean = -held.mean_y[o];
        for (std::size_t k = 0; k < problem_.inputs; ++k) mean += rows.row(o)[k] * held.mean_x[k];
        change -= (mean + bias) * (mean + bias);
        bias = exact_bias(problem_.moments.fit[g], o, rows.row(o));
        change += (mean + bias) * (mean + bias);
      }
    }
    candidate.error += change / static_cast<double>(problem_.channels());
    return candidate;
  }

  /// Tries all ways; the best of them, and how it was found.
  std::pair<Candidate, Way> search() const {
    std::optional<Candidate> best;
    Way found;
    for (const double ridge : effort_.ridges) {
      const auto consider = [&](Rounding rounding, const std::vector<WeightRows>& weights) {
        for (const float factor :
             scale_factors(problem_.per_channel, problem_.power_of_two, problem_.scales[0])) {
          const Way way{rounding, ridge, factor};
          Candidate candidate = round(way, weights);
          if (best && !(counted(candidate.error, way) < counted(best->error, found))) continue;
          best = std::move(candidate);
          found = way;
        }
      };
      consider(Rounding::kSecondOrder, problem_.weights);
      if (effort_.compensates) consider(Rounding::kCompensated, compensated_with(ridge));
    }
    return {std::move(*best), found};
  }

  Candidate make(const Way& way) const {
    return way.rounding == Rounding::kCompensated ? round(way, compensated_with(way.ridge))
                                                  : round(way, problem_.weights);
  }

 private:
  const std::vector<RoundingOrder>& orders_with(double share) const {
    std::vector<RoundingOrder>& orders = orders_[share];
    if (!orders.empty()) return orders;
    for (const Moments& moments : problem_.moments.fit) {
      const double mean = moments.mean_diagonal();
      orders.emplace_back(moments, mean > 0 ? share * mean : 1.0);
    }
    return orders;
  }

  std::vector<WeightRows> compensated_with(double share) const {
    const std::vector<RoundingOrder>& orders = orders_with(share);
    std::vector<WeightRows> result;
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      result.push_back(
          compensate(problem_.moments.fit[g], problem_.weights[g], orders[g], for_each_));
    }
    return result;
  }

  Candidate round(const Way& way, const std::vector<WeightRows>& weights) const {
    const std::vector<RoundingOrder>& orders = orders_with(way.ridge);
    Candidate candidate{
        .rounding = way.rounding, .scales = {}, .integers = {}, .bias = problem_.bias};
    std::vector<std::vector<double>> costs;
    for (const RoundingOrder& order : orders) costs.push_back(order.free_costs());
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      for (std::size_t o = 0; o < problem_.outputs; ++o) {
        const std::size_t channel = g * problem_.outputs + o;
        const float calibrated = problem_.scales[channel];
        candidate.scales.push_back(
            problem_.free_scales()
                ? choose_scale(costs[g], weights[g].row(o), calibrated, problem_.least[channel])
                : calibrated * way.factor);
      }
    }
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      candidate.integers.push_back(
          round_second_order(orders[g], weights[g], scales_of(candidate, g), for_each_));
      if (effort_.sweeps == 0) continue;
      refine(problem_.moments.fit[g], orders[g].ridge(), weights[g], scales_of(candidate, g),
             effort_.sweeps, candidate.integers[g], for_each_);
    }
    judge(candidate, false);
    return candidate;
  }

  std::span<const float> scales_of(const Candidate& candidate, std::size_t group) const {
    return std::span(candidate.scales).subspan(group * problem_.outputs, problem_.outputs);
  }

  /// Sets the bias to what the means of `fit` ask for, unless it is kept, and measures on `held`.
  void judge(Candidate& candidate, bool keep_bias) const {
    std::vector<double> errors(problem_.channels());
    for (std::size_t g = 0; g < problem_.groups(); ++g) {
      const WeightRows rows =
          dequantized(candidate.integers[g], scales_of(candidate, g), problem_.inputs);
      constexpr std::size_t kTogether = 8;
      const std::size_t tasks = (problem_.outputs + kTogether - 1) / kTogether;
      for_each_(static_cast<std::int64_t>(tasks), [&](std::int64_t task) {
        const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
        const std::size_t count = std::min(kTogether, problem_.outputs - begin);
        const std::size_t channel = g * problem_.outputs + begin;
        const std::span biases = std::span(candidate.bias).subspan(channel, count);
        for (std::size_t i = 0; i < count; ++i) {
          if (keep_bias || !problem_.has_bias) break;
          biases[i] = exact_bias(problem_.moments.fit[g], begin + i, rows.row(begin + i));
        }
        squared_errors(problem_.moments.held[g], begin, rows.row(begin).data(), biases,
                       std::span(errors).subspan(channel, count));
      });
    }
    candidate.error = 0;
    double all = 0;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const double share = problem_.share(i % problem_.outputs);
      candidate.error += share * errors[i];
      all += share;
    }
    candidate.error /= all;
  }

  /// The bias with which the mean result is the float model's, as the float number that it becomes.
  static double exact_bias(const Moments& moments, std::size_t o, std::span<const double> w) {
    double bias = moments.mean_y[o];
    for (std::size_t k = 0; k < w.size(); ++k) bias -= w[k] * moments.mean_x[k];
    return static_cast<double>(static_cast<float>(bias));
  }

  const LayerProblem& problem_;
  const Effort& effort_;
  const ForEach& for_each_;
  Orders& orders_;
};

struct FitChoice {
  Candidate best;
  Way way;        ///< of second-order rounding
  double before;  ///< the error of the layer as calibrated
};

/// By the samples that judge.
FitChoice best_candidate(const LayerProblem& problem, const Effort& effort,
                         const ForEach& for_each) {
  Orders orders;
  const Fitter fitter(problem, effort, for_each, orders);
  FitChoice choice{.best = fitter.nearest(), .way = {}, .before = 0};
  choice.before = choice.best.error;
  const auto consider = [&](Candidate candidate) {
    if (candidate.error < choice.best.error) choice.best = std::move(candidate);
  };
  if (problem.has_bias) consider(fitter.corrected(choice.best));
  if (problem.outputs < 2 * kJudges) {
    auto [candidate, way] = fitter.search();
    choice.way = way;
    consider(std::move(candidate));
  } else {
    const LayerProblem part = part_of(problem, judges_of(problem));
    choice.way = Fitter(part, effort, for_each, orders).search().second;
    consider(fitter.make(choice.way));
  }
  return choice;
}

/// The way that was chosen, on the samples that judged it as well.
Candidate on_all_samples(LayerProblem& problem, const FitChoice& choice, const Effort& effort,
                         const ForEach& for_each) {
  if (choice.best.rounding == Rounding::kNearest) return choice.best;
  problem.moments.fit = std::move(problem.moments.all);
  Orders orders;
  const Fitter fitter(problem, effort, for_each, orders);
  Candidate candidate = choice.best.rounding == Rounding::kNearestCorrected
                            ? fitter.corrected(choice.best)
                            : fitter.make(choice.way);
  candidate.error = choice.best.error;
  return candidate;
}

/// The mean variance of the float results.
double signal_of(const LayerProblem& problem) {
  double sum = 0;
  for (const Moments& moments : problem.moments.held) {
    for (const double variance : moments.yy) sum += variance;
  }
  return sum / static_cast<double>(problem.channels());
}

}  // namespace

LayerFit fit_layer(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
                   std::span<const float> bias, LayerMoments moments, const Effort& effort,
                   const ForEach& for_each) {
  LayerProblem problem = problem_of(layer, operand, weight, bias, std::move(moments));
  const double signal = signal_of(problem);
  const FitChoice choice = best_candidate(problem, effort, for_each);
  const Candidate fitted = on_all_samples(problem, choice, effort, for_each);
  return finished(layer, operand, weight, fitted, choice.before, signal);
}

}  // namespace xquant::quantize
