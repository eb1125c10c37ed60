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

/// Multiplications of one pass over the samples that are looked at.
constexpr double kWork = 4e9;

/// Pictures tell after a few samples what vectors tell after many: so many elements of the judged
/// tensors are wanted, and the most that are looked at.
constexpr std::int64_t kFewestElements = std::int64_t{1} << 17;
constexpr std::int64_t kMostElements = std::int64_t{1} << 19;

std::int64_t samples_to_judge(const Subject& subject) {
  std::int64_t elements = 1;
  for (const Judged& judged : judged_values(subject)) {
    const auto traced = subject.trace.find(judged.value);
    if (traced != subject.trace.end()) elements += element_count(traced->second.shape);
  }
  const std::int64_t fewest = std::clamp<std::int64_t>(kFewestElements / elements, 6, 16);
  const std::int64_t most = std::clamp<std::int64_t>(kMostElements / elements, fewest, 64);
  return affordable_samples(subject, kWork, fewest, most);
}

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
  plan::QuantPlan changed = plan;
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
  const FloatOutputs samples = run_float(subject, samples_to_judge(subject), "float outputs");
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
