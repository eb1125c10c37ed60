#include "quantize/ranges/choose_ranges.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "quantize/calibrate/calibrate.h"
#include "quantize/calibrate/concat_steps.h"
#include "quantize/calibrate/whole_steps.h"
#include "quantize/decibel.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/ranges/limit_outliers.h"
#include "quantize/ranges/scores.h"
#include "quantize/ranges/unseen.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

using config::CalibrationType;

/// Multiplications of one pass over the samples that are looked at.
constexpr double kRangingWork = 4e9;

/// Pictures tell after a few samples what vectors tell after many: so many elements of the judged
/// tensors are wanted, and the most that are looked at.
constexpr std::int64_t kFewestElements = std::int64_t{1} << 17;
constexpr std::int64_t kMostScoredElements = std::int64_t{1} << 19;

std::int64_t samples_to_judge(const Subject& subject) {
  std::int64_t elements = 1;
  for (const Judged& judged : judged_values(subject)) {
    const auto traced = subject.trace.find(judged.value);
    if (traced != subject.trace.end()) elements += element_count(traced->second.shape);
  }
  const std::int64_t fewest = std::clamp<std::int64_t>(kFewestElements / elements, 12, 16);
  const std::int64_t most = std::clamp<std::int64_t>(kMostScoredElements / elements, fewest, 64);
  return affordable_samples(subject, kRangingWork, fewest, most);
}

/// The first one stays where no other is clearly better: it clips hardly anything and no single
/// value sets it.
constexpr std::array<plan::CalibrationRule, 4> kCalibrationRules = {
    {{CalibrationType::kPercentile, 0.99999},
     {CalibrationType::kMinmax},
     {CalibrationType::kMse},
     {CalibrationType::kKl}}};

bool is_open(const plan::Group& group) { return group.rule.type == CalibrationType::kDefault; }

std::vector<plan::Group> groups_with(const Graph& graph, const ActivationStats& stats,
                                     const plan::QuantPlan& plan, const std::set<ValueId>& scores,
                                     const plan::CalibrationRule& rule) {
  plan::QuantPlan changed = plan;
  for (plan::Group& group : changed.groups) {
    if (is_open(group)) group.rule = rule;
  }
  choose_activation_params(graph, stats, changed);
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    plan::Group& group = changed.groups[i];
    group.rule = plan.groups[i].rule;
    if (!is_open(group)) continue;
    keep_largest_scores(graph, changed, stats, scores, group);
    leave_room_in_outputs(graph, stats, group);
  }
  share_concat_steps(graph, plan, changed.groups);
  carry_whole_steps(graph, plan, changed.groups);
  return std::move(changed.groups);
}

std::string in_words(const plan::CalibrationRule& rule) {
  const std::string words(config::name(rule.type));
  return rule.type == CalibrationType::kPercentile ? words + " 0.99999" : words;
}

/// Limits of a tensor's range as multiples of its bulk, from wide to narrow; an exponential tail
/// ends at 3 in a million values. The outputs of a normalization that reads a few enormous values
/// hardly depend on how large they are.
constexpr std::array kRatios = {64.0, 32.0, 24.0, 16.0, 12.0, 8.0, 6.0};
/// A limit clips what was seen, and other data may have more of it: where outliers ruin a model, a
/// fifth of the loss goes away with them. Less is chance.
constexpr double kWorthRanges = 0.8;
/// So many limits in turn without a gain end the search.
constexpr int kPatience = 2;

/// So many limits are tried as a rule.
constexpr std::int64_t kUsualLimits = 3;

/// Samples run in so many parts, each spread over all of them: a bad choice shows early.
constexpr std::size_t kParts = 8;

/// Of the two halves of the samples the larger mean loss.
double worse_half(const std::vector<double>& losses) {
  std::array<double, 2> sums{}, counts{};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    sums[i % 2] += losses[i];
    counts[i % 2] += 1;
  }
  return std::max(sums[0] / counts[0], sums[1] / counts[1]);
}

double in_decibels(double loss) {
  constexpr double kLeast = 1e-12;
  return decibel(std::max(loss, kLeast), 1);
}

std::vector<double> in_decibels(const std::vector<double>& losses) {
  std::vector<double> all;
  for (const double loss : losses) all.push_back(in_decibels(loss));
  return all;
}

class RangeChoice {
 public:
  RangeChoice(const Subject& subject, const ActivationStats& stats, const plan::QuantPlan& plan,
              const FloatOutputs& samples)
      : subject_(subject),
        stats_(stats),
        plan_(plan),
        samples_(samples),
        loss_(subject, samples),
        model_(subject, plan) {}

  /// The groups of the best rule, limited where that helps; says what was chosen.
  std::vector<plan::Group> run(std::vector<StageRecord>& records) {
    const double first = choose_rule();
    const std::string rule = words_;
    const std::vector<plan::Group> whole = kept_;
    // First all that have outliers, then those alone that were limited so far: the wildest.
    const std::size_t next = search_limits(0, rule, [](std::size_t) { return true; });
    if (kept_ != whole) {
      const std::vector<plan::Group> limited = kept_;
      search_limits(next, rule, [&](std::size_t i) { return limited[i] != whole[i]; });
    }
    records.push_back({.stage = "ranges",
                       .node = "",
                       .tensor = "",
                       .choice = words_,
                       .before_db = decibel(1, first),
                       .after_db = decibel(1, mean(losses_))});
    return std::move(kept_);
  }

 private:
  /// Keeps the groups of the best rule; returns the mean loss of the first one. Compared in
  /// decibels, sample by sample: losses differ so much between samples that the mean of a few is
  /// that of the worst one.
  double choose_rule() {
    double first_loss = 0;
    std::vector<double> first;
    for (const plan::CalibrationRule& rule : kCalibrationRules) {
      std::vector<plan::Group> groups = groups_with(subject_.graph, stats_, plan_, scores_, rule);
      if (groups == kept_) continue;
      std::optional<std::vector<double>> losses = losses_of(groups);
      if (first.empty()) {
        first = in_decibels(*losses);
        first_loss = mean(*losses);
      } else if (!losses || !takes_over(first, in_decibels(losses_), in_decibels(*losses))) {
        continue;
      }
      keep(std::move(groups), std::move(*losses), in_words(rule));
    }
    return first_loss;
  }

  /// Of every sample; nullopt as soon as their mean is known to be no smaller than that of what is
  /// kept, or half of the samples say so.
  std::optional<std::vector<double>> losses_of(const std::vector<plan::Group>& groups) {
    const auto passes = static_cast<std::int64_t>(kCalibrationRules.size()) + kUsualLimits;
    const std::int64_t before = tried_++, all = std::max(passes, tried_);
    std::vector<OutputLoss::Noise> noise(samples_.samples());
    std::vector<double> losses(noise.size());
    double sum = 0, ahead = 0;  // of what is kept, in decibels
    for (std::size_t part = 0; part < kParts; ++part) {
      constexpr auto kPieces = static_cast<std::int64_t>(kParts);
      subject_.monitor.step(
          {"choose ranges", before * kPieces + static_cast<std::int64_t>(part), all * kPieces});
      std::vector<OutputLoss::Noise> some = model_.run(groups, samples_, loss_, part, kParts);
      for (std::size_t i = part; i < noise.size(); i += kParts) {
        noise[i] = std::move(some[i]);
        losses[i] = loss_.total(noise, i, noise.size());
        sum += losses[i];
        if (losses_.empty()) continue;
        ahead += in_decibels(losses_[i]) - in_decibels(losses[i]);
      }
      if (losses_.empty()) continue;
      // No sample takes anything away from the loss.
      if (sum >= mean(losses_) * static_cast<double>(losses.size())) return std::nullopt;
      if (part + 1 == kParts / 2 && ahead <= 0) return std::nullopt;
    }
    return losses;
  }

  void keep(std::vector<plan::Group> groups, std::vector<double> losses, std::string words) {
    kept_ = std::move(groups);
    losses_ = std::move(losses);
    words_ = std::move(words);
  }

  /// Tries kRatios from `from` on, on the groups that may change; returns the place behind the one
  /// that was kept last.
  template <typename MayChange>
  std::size_t search_limits(std::size_t from, const std::string& rule,
                            const MayChange& may_change) {
    int failures = 0;
    std::size_t next = from;
    for (std::size_t i = from; i < kRatios.size() && failures < kPatience; ++i) {
      std::vector<plan::Group> groups = limit_outliers(stats_, kept_, kRatios[i]);
      for (std::size_t g = 0; g < groups.size(); ++g) {
        if (!may_change(g)) groups[g] = kept_[g];
        if (groups[g] == kept_[g]) continue;
        keep_largest_scores(subject_.graph, plan_, stats_, scores_, groups[g]);
      }
      share_concat_steps(subject_.graph, plan_, groups);
      carry_whole_steps(subject_.graph, plan_, groups);
      if (groups == kept_) continue;
      std::optional<std::vector<double>> losses = losses_of(groups);
      const double least = worse_half(losses_);
      if (!losses || !(worse_half(*losses) < kWorthRanges * least)) {
        if (!losses || !(worse_half(*losses) < least)) ++failures;
        continue;
      }
      failures = 0;
      next = i + 1;
      keep(std::move(groups), std::move(*losses),
           rule + ", outliers at most " + std::to_string(static_cast<int>(kRatios[i])) +
               " times the rest");
    }
    return next;
  }

  const Subject& subject_;
  const ActivationStats& stats_;
  const plan::QuantPlan& plan_;
  const FloatOutputs& samples_;
  const std::set<ValueId> scores_ = find_scores(subject_.graph);
  OutputLoss loss_;
  RoundedModel model_;
  std::int64_t tried_ = 0;
  std::vector<plan::Group> kept_;
  std::vector<double> losses_;  ///< of kept_, by sample
  std::string words_;
};

}  // namespace

double ranges_work(const Subject& subject) {
  const double passes =
      1 + static_cast<double>(kCalibrationRules.size()) + static_cast<double>(kUsualLimits);
  return passes * static_cast<double>(samples_to_judge(subject)) * multiplications(subject);
}

std::vector<plan::Group> open_groups_with(const Subject& subject, const ActivationStats& stats,
                                          const plan::QuantPlan& plan,
                                          const plan::CalibrationRule& rule) {
  return groups_with(subject.graph, stats, plan, find_scores(subject.graph), rule);
}

bool are_limited(const Subject& subject, const ActivationStats& stats,
                 const plan::QuantPlan& plan) {
  return std::ranges::none_of(kCalibrationRules, [&](const plan::CalibrationRule& rule) {
    return open_groups_with(subject, stats, plan, rule) == plan.groups;
  });
}

std::int64_t samples_to_judge(const Subject& subject, const plan::QuantPlan& plan) {
  return std::ranges::any_of(plan.groups, is_open) ? samples_to_judge(subject) : 0;
}

void choose_ranges(const Subject& subject, const ActivationStats& stats, plan::QuantPlan& plan,
                   std::vector<StageRecord>& records, OutputsRecorder* recorded) {
  const std::int64_t count = samples_to_judge(subject, plan);
  if (count == 0) return;
  const FloatOutputs samples = recorded != nullptr && recorded->count() == count
                                   ? recorded->take()
                                   : run_float(subject, count, "float outputs");
  if (samples.samples() < 2) return;
  plan.groups = RangeChoice(subject, stats, plan, samples).run(records);
}

}  // namespace xquant::quantize
