#include "report/level_advice.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/params.h"
#include "quantize/ranges/limit_outliers.h"
#include "quantize/work.h"
#include "report/advice.h"
#include "report/without.h"

namespace xquant::report {
namespace {

using LevelGroups = std::vector<plan::Group>;

/// Multiplications that all runs together may take, as far as two samples allow.
constexpr double kLevelsWork = 1e10;
constexpr std::int64_t kFewestLevelSamples = 2;
constexpr std::int64_t kMostLevelSamples = 8;

/// Of the noise without the level.
constexpr double kWorthALevel = 0.5;
/// Ranges without outliers end at so many times what holds all but one in a hundred of the values.
constexpr double kLevelOutliers = 16;

std::size_t quantized_nodes(const plan::QuantPlan& plan) {
  return static_cast<std::size_t>(
      std::ranges::count_if(plan.nodes, [](const plan::NodePlan& node) { return node.quantized; }));
}

/// The level's plan with the ranges of the present one. What the present one keeps float, whatever
/// for, stays float.
plan::QuantPlan within_present(const plan::QuantPlan& present, plan::QuantPlan level) {
  std::vector<NodeId> stay_float;
  for (std::size_t i = 0; i < level.nodes.size(); ++i) {
    if (!present.nodes[i].quantized) stay_float.push_back(static_cast<NodeId>(i));
  }
  level = without(std::move(level), stay_float);
  for (plan::Group& group : level.groups) {
    const plan::Group* known = present.find_group(group.root);
    if (known != nullptr) group.params = known->params;
  }
  return level;
}

/// Ranges that a plan without fine-tuning may have: the plan's own, whole ones, those without
/// outliers.
std::vector<LevelGroups> choices_of_ranges(const quantize::ActivationStats& stats,
                                           const LevelGroups& groups) {
  const auto is_seen = [&](const plan::Group& group) { return stats.contains(group.root); };
  if (!std::ranges::all_of(groups, is_seen)) return {groups};
  LevelGroups whole = groups;
  for (plan::Group& group : whole) {
    const quantize::TensorStats& seen = stats.at(group.root);
    const plan::Range range{static_cast<double>(seen.min()), static_cast<double>(seen.max())};
    group.params = quantize::activation_params(group.known.value_or(range), group.activation);
  }
  return {groups, whole, quantize::limit_outliers(stats, whole, kLevelOutliers)};
}

class LevelMeasure {
 public:
  LevelMeasure(const quantize::Subject& subject, std::int64_t samples)
      : subject_(subject),
        samples_(quantize::run_float(subject, samples, "level samples")),
        loss_(subject, samples_) {}

  double noise(const plan::QuantPlan& plan) const {
    quantize::IntegerModel model(subject_, plan, samples_.values);
    return loss_.total(model.run(samples_, loss_, 0, 1), 0, 1);
  }

  /// With float weights: the least that one of these choices of ranges leaves.
  double noise_of_activations(const plan::QuantPlan& plan,
                              const std::vector<LevelGroups>& choices) const {
    quantize::RoundedModel model(subject_, plan);
    double least = std::numeric_limits<double>::infinity();
    for (const LevelGroups& groups : choices) {
      subject_.monitor.step({"levels", 0, 0});
      least = std::min(least, loss_.total(model.run(groups, samples_, loss_, 0, 1), 0, 1));
    }
    return least;
  }

 private:
  const quantize::Subject& subject_;
  quantize::FloatOutputs samples_;
  quantize::OutputLoss loss_;
};

}  // namespace

std::string precision_level_json(int level) {
  return R"({"quantization_parameters":{"precision_level":)" + std::to_string(level) + "}}";
}

std::vector<LevelAdvice> measure_levels(const quantize::Subject& subject,
                                        const plan::QuantPlan& present,
                                        const quantize::ActivationStats& stats,
                                        const std::vector<LevelPlan>& levels) {
  std::vector<LevelAdvice> worth_it;
  const auto changes = [&](const LevelPlan& other) {
    return quantized_nodes(within_present(present, other.plan)) < quantized_nodes(present);
  };
  if (std::ranges::none_of(levels, changes)) return worth_it;
  const auto models = static_cast<double>(3 * levels.size() + 6);
  const LevelMeasure measure(
      subject, quantize::affordable_samples(subject, kLevelsWork / models, kFewestLevelSamples,
                                            kMostLevelSamples));
  const double noise = measure.noise(present);
  if (noise <= kHarmlessSnr) return worth_it;
  const auto activations = [&](const plan::QuantPlan& plan) {
    return measure.noise_of_activations(plan, choices_of_ranges(stats, plan.groups));
  };
  // Fitted weights make up for the activations that they were fitted on, and are worse without.
  plan::QuantPlan weights = present;
  for (plan::Group& group : weights.groups) group.params = {};
  const double of_weights =
      std::min(measure.noise(weights),
               std::max(0.0, noise - measure.noise_of_activations(present, {present.groups})));
  // What other ranges would bring is not the level's.
  double least = std::min(noise, of_weights + activations(present));
  for (const LevelPlan& other : levels) {
    if (!changes(other)) continue;
    const plan::QuantPlan level = within_present(present, other.plan);
    const double expected = of_weights + activations(level);
    if (!(expected <= kWorthALevel * least)) continue;
    least = expected;
    worth_it.push_back({.level = other.level,
                        .operators = quantized_nodes(present) - quantized_nodes(level),
                        .outputs_db = quantize::decibel(1, noise),
                        .level_outputs_db = quantize::decibel(1, expected)});
  }
  return worth_it;
}

}  // namespace xquant::report
