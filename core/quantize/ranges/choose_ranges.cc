#include "quantize/ranges/choose_ranges.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "quantize/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

using config::CalibrationType;

/// Multiplications of one pass over the samples that are looked at, and their number.
constexpr double kWork = 4e9;
constexpr std::int64_t kFewestSamples = 16;
constexpr std::int64_t kMostSamples = 64;

/// The whole range seen first: it wins ties.
constexpr std::array<plan::CalibrationRule, 5> kRules = {{{CalibrationType::kMinmax},
                                                          {CalibrationType::kMse},
                                                          {CalibrationType::kKl},
                                                          {CalibrationType::kPercentile, 0.99999},
                                                          {CalibrationType::kPercentile, 0.9999}}};

bool is_open(const plan::Group& group) { return group.rule.type == CalibrationType::kDefault; }

/// The plan's groups with the ranges of that rule where the configuration leaves the choice.
std::vector<plan::Group> groups_with(const Graph& graph, const ActivationStats& stats,
                                     const plan::QuantPlan& plan,
                                     const plan::CalibrationRule& rule) {
  plan::QuantPlan changed;
  changed.groups = plan.groups;
  for (plan::Group& group : changed.groups) {
    if (is_open(group)) group.rule = rule;
  }
  choose_activation_params(graph, stats, changed);
  for (std::size_t i = 0; i < plan.groups.size(); ++i) changed.groups[i].rule = plan.groups[i].rule;
  return std::move(changed.groups);
}

std::string in_words(const plan::CalibrationRule& rule) {
  std::string words(config::name(rule.type));
  if (rule.type == CalibrationType::kPercentile) {
    words += rule.percentile > 0.9999 ? " 0.99999" : " 0.9999";
  }
  return words;
}

}  // namespace

void choose_ranges(const Subject& subject, const ActivationStats& stats, plan::QuantPlan& plan,
                   std::vector<StageRecord>& records) {
  if (std::none_of(plan.groups.begin(), plan.groups.end(), is_open)) return;
  const std::int64_t count = affordable_samples(subject, kWork, kFewestSamples, kMostSamples);
  const FloatOutputs samples = run_float(subject, count, "choose ranges");
  if (samples.samples() < 2) return;
  const OutputLoss loss(subject, samples);
  const RoundedModel model(subject, plan, Constants::kFloat);
  double first = 0, least = 0;
  std::vector<plan::Group> kept;
  const plan::CalibrationRule* chosen = nullptr;
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    subject.monitor.step(
        {"choose ranges", static_cast<std::int64_t>(i), static_cast<std::int64_t>(kRules.size())});
    std::vector<plan::Group> groups = groups_with(subject.graph, stats, plan, kRules[i]);
    const auto noise = model.run(groups, samples, loss, 0, 1);
    const double worse = std::max(loss.total(noise, 0, 2), loss.total(noise, 1, 2));
    if (chosen == nullptr) first = worse;
    if (chosen != nullptr && !(worse < least)) continue;
    least = worse;
    kept = std::move(groups);
    chosen = &kRules[i];
  }
  plan.groups = std::move(kept);
  records.push_back({.stage = "ranges",
                     .node = "",
                     .tensor = "",
                     .choice = in_words(*chosen),
                     .before_db = decibel(1, first),
                     .after_db = decibel(1, least)});
}

}  // namespace xquant::quantize
