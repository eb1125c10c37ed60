#include "quantize/reconstruct/wide_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "quantize/calibrate/bias_room.h"
#include "quantize/reconstruct/compensation.h"
#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer_candidate.h"
#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {
namespace {

/// One way on its way through the blocks of a group.
struct Attempt {
  Way way;
  std::vector<float> scales{};          ///< [outputs]
  std::vector<std::int8_t> integers{};  ///< [outputs][inputs]
  std::vector<double> bias{};           ///< [outputs]: what is left of the mean results
  Results residual{};                   ///< of the rows of fit; empty for nearest integers
  bool has_residual = false;            ///< whether it is not zero everywhere
  Results held{};                       ///< float results less those of the integers so far

  bool is_second_order() const { return way.rounding != Rounding::kNearest; }
};

class WideFit {
 public:
  WideFit(const Layer& layer, const plan::ConstantOperand& operand, const Tensor& weight,
          std::span<const float> bias, const LayerRows& rows, const Effort& effort,
          const ForEach& for_each)
      : layer_(layer),
        operand_(operand),
        weight_(weight.data<float>()),
        least_(least_scales(operand, weight)),
        bias_(bias),
        rows_(rows),
        effort_(effort),
        for_each_(for_each) {}

  /// The way that serves some of the outputs best.
  Way search() const {
    const Judges judges = judges_of(layer_.outputs(), !per_channel(), [&](std::size_t o) {
      float widest = 0;
      for (std::size_t g = 0; g < layer_.groups(); ++g) {
        for (std::size_t k = 0; k < layer_.inputs(); ++k) {
          widest = std::max(widest, std::abs(weight_[layer_.weight_index(g, o, k)]));
        }
      }
      return widest;
    });
    std::vector<Way> all_ways = ways();
    all_ways.insert(all_ways.begin(), Way{.rounding = Rounding::kNearest});
    const std::vector<Candidate> candidates = run(all_ways, judges);
    while (all_ways.size() < candidates.size()) {
      all_ways.push_back({.rounding = candidates[all_ways.size()].rounding});
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      const auto error = [&](std::size_t at) {
        return counted(candidates[at].error, all_ways[at]);
      };
      if (error(i) < error(best)) best = i;
    }
    return all_ways[best];
  }

  /// All outputs: nearest integers with the bias as it is, and made in that way.
  std::pair<Candidate, Candidate> make(const Way& way) const {
    Judges all{.outputs = std::vector<std::size_t>(layer_.outputs()),
               .shares = std::vector<double>(layer_.outputs(), 1.0)};
    std::iota(all.outputs.begin(), all.outputs.end(), std::size_t{0});
    std::vector<Way> made{Way{.rounding = Rounding::kNearest}};
    if (way.rounding != Rounding::kNearest && way.rounding != Rounding::kNearestCorrected)
      made.push_back(way);
    std::vector<Candidate> candidates = run(made, all);
    const auto wanted = std::ranges::find(candidates, way.rounding, &Candidate::rounding);
    return {candidates.front(), std::move(*wanted)};
  }

  double signal() const {
    double sum = 0;
    for (const Rows& held : rows_.held) {
      const Columns y = columns_of(held.y, held.outputs);
      sum = std::accumulate(y.variance.begin(), y.variance.end(), sum);
    }
    return sum / static_cast<double>(layer_.channels());
  }

 private:
  bool per_channel() const { return operand_.params.per_channel(); }
  /// Whether every output may have any scale.
  bool free_scales() const { return per_channel() && !operand_.power_of_two; }
  bool has_bias() const { return layer_.bias_use().has_value(); }

  std::vector<Way> ways() const {
    std::vector<Way> all;
    for (const double ridge : effort_.ridges) {
      for (const Rounding rounding : {Rounding::kSecondOrder, Rounding::kCompensated}) {
        if (rounding == Rounding::kCompensated && !effort_.compensates) continue;
        for (const float factor :
             scale_factors(per_channel(), operand_.power_of_two, operand_.params.scales[0])) {
          all.push_back({rounding, ridge, factor});
        }
      }
    }
    return all;
  }

  WeightRows weights(std::size_t group, const std::vector<std::size_t>& outputs,
                     const Block& block) const {
    WeightRows rows{.outputs = outputs.size(), .inputs = block.size(), .values = {}};
    rows.values.reserve(outputs.size() * block.size());
    for (const std::size_t o : outputs) {
      for (std::size_t k = block.begin; k < block.end; ++k) {
        rows.values.push_back(static_cast<double>(weight_[layer_.weight_index(group, o, k)]));
      }
    }
    return rows;
  }

  float calibrated_scale(std::size_t channel) const {
    return operand_.params.scales[per_channel() ? channel : 0];
  }

  std::vector<Candidate> run(const std::vector<Way>& all_ways, const Judges& judges) const {
    const std::vector<std::size_t>& outputs = judges.outputs;
    std::vector<Candidate> candidates;
    for (const Way& way : all_ways) candidates.push_back({.rounding = way.rounding});
    Candidate corrected{.rounding = Rounding::kNearestCorrected};
    bool is_corrected = false;
    for (std::size_t g = 0; g < layer_.groups(); ++g) {
      std::vector<Attempt> attempts = start(g, all_ways, outputs);
      for (const Block& block : blocks_of(layer_.inputs(), rows_.fit[g].count)) {
        advance(g, block, outputs, attempts);
      }
      for (std::size_t i = 0; i < attempts.size(); ++i) {
        if (!attempts[i].is_second_order() && has_bias()) {
          append(g, judges, attempts[i], true, corrected);
          is_corrected = true;
        }
        append(g, judges, attempts[i], attempts[i].is_second_order() && has_bias(), candidates[i]);
      }
    }
    if (is_corrected) candidates.push_back(std::move(corrected));
    const double all = std::accumulate(judges.shares.begin(), judges.shares.end(), 0.0);
    for (Candidate& candidate : candidates) {
      candidate.error /= static_cast<double>(layer_.groups()) * all;
    }
    return candidates;
  }

  std::vector<Attempt> start(std::size_t group, const std::vector<Way>& all_ways,
                             const std::vector<std::size_t>& outputs) const {
    const Rows& fit = rows_.fit[group];
    const Block all{0, layer_.inputs()};
    const std::vector<double> means = columns_of(fit.y, fit.outputs).mean;
    std::vector<float> chosen(outputs.size());
    if (free_scales()) {
      for_each_(static_cast<std::int64_t>(outputs.size()), [&](std::int64_t index) {
        const auto i = static_cast<std::size_t>(index);
        const WeightRows row = weights(group, {outputs[i]}, all);
        const std::size_t channel = group * layer_.outputs() + outputs[i];
        chosen[i] = choose_scale(inputs_[group].variance, row.row(0), calibrated_scale(channel),
                                 least_[channel]);
      });
    }
    Results unexplained;  // what the float weights leave of the float results
    std::vector<Attempt> attempts;
    for (const Way& way : all_ways) {
      Attempt attempt{.way = way};
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const float calibrated = calibrated_scale(group * layer_.outputs() + outputs[i]);
        attempt.scales.push_back(
            attempt.is_second_order() && free_scales() ? chosen[i] : calibrated * way.factor);
      }
      attempt.integers.resize(outputs.size() * layer_.inputs());
      for (const std::size_t o : outputs) attempt.bias.push_back(means[o]);
      attempt.held = picked(rows_.held[group], outputs);
      if (way.rounding == Rounding::kCompensated) {
        if (unexplained.empty()) {
          unexplained = picked(fit, outputs);
          for (const Block& block : blocks_of(layer_.inputs(), fit.count)) {
            subtract_product(fit, block, weights(group, outputs, block), unexplained, for_each_);
          }
        }
        attempt.residual = unexplained;
        attempt.has_residual = true;
      } else if (attempt.is_second_order()) {
        attempt.residual.assign(fit.count * outputs.size(), 0.0F);
      }
      attempts.push_back(std::move(attempt));
    }
    return attempts;
  }

  /// Second moments of a block's inputs, and of them with the residuals of all attempts that have
  /// some, side by side.
  Moments moments(const Rows& rows, const Block& block, const std::vector<Attempt>& attempts,
                  std::size_t outputs) const {
    Rows part{.count = rows.count, .inputs = block.size(), .outputs = 0, .x = {}, .y = {}};
    part.x.reserve(rows.count * block.size());
    for (std::size_t r = 0; r < rows.count; ++r) {
      const auto row = rows.x.begin() + static_cast<std::ptrdiff_t>(r * rows.inputs);
      part.x.insert(part.x.end(), row + static_cast<std::ptrdiff_t>(block.begin),
                    row + static_cast<std::ptrdiff_t>(block.end));
      for (const Attempt& attempt : attempts) {
        if (!attempt.has_residual) continue;
        const auto from = attempt.residual.begin() + static_cast<std::ptrdiff_t>(r * outputs);
        part.y.insert(part.y.end(), from, from + static_cast<std::ptrdiff_t>(outputs));
      }
    }
    for (const Attempt& attempt : attempts) part.outputs += attempt.has_residual ? outputs : 0;
    Moments moments = moments_of(std::move(part), for_each_);
    if (!has_bias()) uncentre(moments);
    return moments;
  }

  void advance(std::size_t group, const Block& block, const std::vector<std::size_t>& outputs,
               std::vector<Attempt>& attempts) const {
    const Rows& fit = rows_.fit[group];
    const WeightRows float_weights = weights(group, outputs, block);
    const Moments seen = moments(fit, block, attempts, outputs.size());
    const double mean_diagonal = seen.mean_diagonal();
    std::map<double, RoundingOrder> orders;
    std::size_t place = 0;  // of the attempt's residual among those in the moments
    for (Attempt& attempt : attempts) {
      std::vector<std::int8_t> integers;
      if (attempt.is_second_order()) {
        const double share = attempt.way.ridge;
        const double ridge = mean_diagonal > 0 ? share * mean_diagonal : 1.0;
        const RoundingOrder& order = orders.try_emplace(share, seen, ridge).first->second;
        WeightRows wanted = float_weights;
        if (attempt.has_residual) {
          const std::span rx = std::span(seen.yx).subspan(place++ * outputs.size() * block.size(),
                                                          outputs.size() * block.size());
          wanted = made_up_for(std::move(wanted), rx, order, for_each_);
        }
        integers = round_second_order(order, wanted, attempt.scales, for_each_);
        if (effort_.sweeps > 0) {
          refine(seen, ridge, wanted, attempt.scales, effort_.sweeps, integers, for_each_);
        }
      } else {
        integers = round_to_nearest(float_weights, attempt.scales);
      }
      take(group, block, float_weights, integers, attempt);
    }
  }

  /// Puts the integers of a block in their place and their results out of the residuals.
  void take(std::size_t group, const Block& block, const WeightRows& float_weights,
            const std::vector<std::int8_t>& integers, Attempt& attempt) const {
    WeightRows rounded = dequantized(integers, attempt.scales, block.size());
    const std::vector<double>& means = inputs_[group].mean;
    for (std::size_t i = 0; i < rounded.outputs; ++i) {
      const auto row = rounded.row(i);
      for (std::size_t k = 0; k < row.size(); ++k) {
        attempt.bias[i] -= row[k] * means[block.begin + k];
      }
      std::copy_n(integers.begin() + static_cast<std::ptrdiff_t>(i * block.size()), block.size(),
                  attempt.integers.begin() +
                      static_cast<std::ptrdiff_t>(i * layer_.inputs() + block.begin));
    }
    subtract_product(rows_.held[group], block, rounded, attempt.held, for_each_);
    if (!attempt.is_second_order()) return;
    for (std::size_t i = 0; i < rounded.values.size(); ++i) {
      rounded.values[i] -= float_weights.values[i];
    }
    subtract_product(rows_.fit[group], block, rounded, attempt.residual, for_each_);
    attempt.has_residual = true;
  }

  /// Adds a finished attempt of a group to the candidate, with the exact bias or the layer's own.
  void append(std::size_t group, const Judges& judges, const Attempt& attempt, bool exact_bias,
              Candidate& candidate) const {
    const std::vector<std::size_t>& outputs = judges.outputs;
    const std::size_t rows = rows_.held[group].count, count = outputs.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto own = static_cast<double>(bias_[group * layer_.outputs() + outputs[i]]);
      const double bias =
          exact_bias ? static_cast<double>(static_cast<float>(attempt.bias[i])) : own;
      double sum = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        const double error = static_cast<double>(attempt.held[r * count + i]) - bias;
        sum += error * error;
      }
      candidate.error +=
          judges.shares[i] * sum / static_cast<double>(std::max<std::size_t>(rows, 1));
      candidate.bias.push_back(bias);
      candidate.scales.push_back(attempt.scales[i]);
    }
    candidate.integers.push_back(attempt.integers);
  }

  const Layer& layer_;
  const plan::ConstantOperand& operand_;
  std::span<const float> weight_;
  std::vector<float> least_;  ///< by scale
  std::span<const float> bias_;
  const LayerRows& rows_;
  const Effort& effort_;
  const ForEach& for_each_;
  std::vector<Columns> inputs_ = columns_by_group(rows_.fit);

  static std::vector<Columns> columns_by_group(const std::vector<Rows>& groups) {
    std::vector<Columns> columns;
    for (const Rows& rows : groups) columns.push_back(columns_of(rows.x, rows.inputs));
    return columns;
  }
};

}  // namespace

LayerFit fit_wide_layer(const Layer& layer, const plan::ConstantOperand& operand,
                        const Tensor& weight, std::span<const float> bias, LayerRows& rows,
                        const Effort& effort, const ForEach& for_each) {
  const Way way = WideFit(layer, operand, weight, bias, rows, effort, for_each).search();
  for (std::size_t g = 0; g < rows.fit.size(); ++g)
    move_rows(rows.held[g], rows.later, rows.fit[g]);
  const WideFit fit(layer, operand, weight, bias, rows, effort, for_each);
  const auto [nearest, best] = fit.make(way);
  return finished(layer, operand, weight, best, nearest.error, fit.signal());
}

}  // namespace xquant::quantize
