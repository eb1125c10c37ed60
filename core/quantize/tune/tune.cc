#include "quantize/tune/tune.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "quantize/calibrate/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/params.h"
#include "quantize/ranges/choose_ranges.h"
#include "quantize/reconstruct/reconstruct.h"
#include "quantize/reconstruct/reconstruction_work.h"
#include "quantize/tune/left_out.h"
#include "quantize/tune/sensitive_scales.h"
#include "quantize/work.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that are looked at, and their number.
constexpr double kWork = 6e9;
constexpr double kJudgingWork = 4 * kWork;
constexpr std::int64_t kFewestSamples = 16;
constexpr std::int64_t kMostSamples = 128;

/// Multiplications of matrix products that all of tuning may take as long as: one or two minutes.
constexpr double kTuningWork = 2e12;

/// Samples 0, 2, 4, ... and 1, 3, 5, ...
constexpr std::size_t kHalves = 2;

/// Powers of the scales with the least noise. Less than 1 leaves room for what was not seen.
struct Strength {
  int level;
  float power;
};
constexpr std::array kStrengths = {Strength{2, 0.5F}, Strength{2, 1.0F}, Strength{3, 0.25F},
                                   Strength{3, 0.75F}};

ClassScales to_the_power(const ClassScales& scales, float power) {
  ClassScales result(scales.size());
  const std::vector<float> powers(scales.size(), power);
  runtime::math::pow(scales.data(), powers.data(), result.data(), scales.size());
  return result;
}

std::string in_percent(float power) { return std::to_string(static_cast<int>(100 * power)) + " %"; }

std::vector<ValueId> judged(const Subject& subject) {
  std::vector<ValueId> values;
  for (const Judged& one : judged_values(subject)) values.push_back(one.value);
  return values;
}

class Tuner {
 public:
  Tuner(const Subject& subject, const ActivationStats& stats, const plan::QuantPlan& calibrated)
      : subject_(subject),
        stats_(stats),
        calibrated_(calibrated),
        classes_(ChannelClasses::find(subject.graph, subject.trace, subject.opsets)),
        reverse_(subject.graph, subject.opsets, subject.trace, judged(subject)) {
    for (const plan::Group& group : calibrated.groups) {
      tensors_.insert(tensors_.end(), group.members.begin(), group.members.end());
    }
  }

  std::optional<Tuned> run(int level, const Reconstruction& finished,
                           std::vector<StageRecord>& records, Diagnostics& diagnostics) {
    if (tensors_.empty()) return {};
    if (!reverse_.obstacles().empty()) report_obstacles(diagnostics);
    compensates_ = finished.compensates;
    bool scales = classes_.count() > 1 && reverse_.obstacles().empty();
    const std::int64_t samples = affordable_samples(subject_, kWork, kFewestSamples, kMostSamples);
    if (scales && !budget_.affords(sensitivity_work(samples, level))) {
      left_out_.parts.emplace_back("the scales of channels");
      scales = false;
    }
    if (scales || level > 2) try_all(level, samples, scales, finished, records);
    left_out_.report(level, diagnostics);
    if (!best_) return {};
    std::erase_if(records, [](const StageRecord& r) {
      return r.stage == "reconstruction" || r.stage == "whole model";
    });
    std::ranges::move(best_layers_, std::back_inserter(records));
    return std::move(best_);
  }

 private:
  struct Candidate {
    Tuned tuned;
    std::vector<double> losses;  ///< by sample
    std::vector<StageRecord> records;
    bool gains = true;  ///< over the calibrated plan
  };

  void try_all(int level, std::int64_t samples, bool scales, const Reconstruction& finished,
               std::vector<StageRecord>& records) {
    exact_ = run_float(subject_, samples, "tune");
    if (exact_.samples() < kHalves) return;
    judges_ = run_float(subject_, samples_to_judge(), "tune", Places::kJudges);
    if (judges_.samples() == 0) return;
    loss_.emplace(subject_, exact_);
    judges_loss_.emplace(subject_, judges_);
    for (std::size_t half = 0; scales && half < kHalves; ++half) {
      halves_[half] =
          measure_sensitivities(subject_, reverse_, tensors_, exact_, *loss_, half, kHalves);
    }
    losses_ = quantized_losses(subject_, finished.plan);
    const std::vector<double> first = losses_;
    if (scales) try_strengths(level, promising_strengths(level, records), first);
    if (level > 2) learn(finished.plan);
    records.push_back({.stage = "tuning",
                       .node = "",
                       .tensor = "",
                       .choice = chosen_,
                       .before_db = decibel(1, mean(first)),
                       .after_db = decibel(1, mean(losses_))});
  }

  /// Takes the candidate where it gains clearly over what it was made from, as one of many; less is
  /// no reason to change.
  void judge(Candidate candidate, const std::string& name, const std::vector<double>& start) {
    if (!takes_over(start, losses_, candidate.losses, kErrorsOfMany)) return;
    losses_ = std::move(candidate.losses);
    best_ = std::move(candidate.tuned);
    best_layers_ = std::move(candidate.records);
    chosen_ = name;
  }

  void try_strengths(int level, const std::vector<float>& powers,
                     const std::vector<double>& first) {
    const double work = calibration_work() + work_of(Effort{});
    const double kept = level > 2 ? work_of(learning_effort()) : 0;
    for (std::size_t i = 0; i < powers.size(); ++i) {
      const std::string name = in_percent(powers[i]) + " of the scales";
      // The first one is level 2's, which keeps nothing for learning.
      if (!budget_.affords(work, i == 0 ? 0 : kept)) {
        left_out_.parts.push_back(name);
      } else {
        judge(reconstruct_scaled(powers[i]), name, first);
      }
    }
  }

  void learn(const plan::QuantPlan& finished) {
    const Tuned start = best_ ? *best_ : Tuned{subject_.graph, finished, stats_};
    const std::string name = chosen_;
    const std::vector<double> losses = losses_;
    if (!budget_.affords(work_of(learning_effort()))) {
      left_out_.parts.emplace_back("learned rounding");
      return;
    }
    Candidate learned = reconstruct_again(start, learning_effort());
    const bool gains = learned.gains;
    judge(std::move(learned), name + ", learned rounding", losses);
    // Where layers that are better one by one make the model worse, more of it does not help.
    if (!gains) return;
    if (!budget_.affords(work_of(thorough_effort()))) {
      left_out_.parts.emplace_back("thorough reconstruction");
      return;
    }
    judge(reconstruct_again(start, thorough_effort()), name + ", thorough reconstruction", losses);
  }

  /// Four times as many as judge.
  std::int64_t samples_to_judge() const {
    return affordable_samples(subject_, kJudgingWork, kFewestSamples, kMostSamples);
  }

  double work_of(Effort effort) const {
    effort.compensates = compensates_;
    return reconstruction_work(subject_, calibrated_, effort);
  }

  /// Ranges and a forward pass once, derivatives twice with two passes each; then half of the
  /// samples for each strength and half, and for none.
  double sensitivity_work(std::int64_t samples, int level) const {
    const auto strengths = std::ranges::count_if(
        kStrengths, [&](const Strength& strength) { return strength.level <= level; });
    const double passes = 6 + static_cast<double>(strengths + 1);
    return passes * static_cast<double>(samples) * multiplications(subject_);
  }

  /// All samples for statistics, some of them for each method's ranges.
  double calibration_work() const {
    return static_cast<double>(subject_.samples.count()) * multiplications(subject_) +
           ranges_work(subject_);
  }

  void report_obstacles(Diagnostics& diagnostics) const {
    std::string types;
    for (const std::string& type : reverse_.obstacles())
      types += (types.empty() ? "" : ", ") + type;
    diagnostics.info("XQ-TUN-004",
                     "Tuning knows no derivative of " + types +
                         "; finetune_level 2 scales no channels and is as 1, level 3 only "
                         "reconstructs once more.");
  }

  ClassScales scales_of(const Sensitivities& sensitivities, float power) const {
    const auto groups = rounded_groups(subject_.graph, calibrated_, classes_, sensitivities);
    const auto count = static_cast<std::size_t>(classes_.count());
    return to_the_power(sensitive_class_scales(count, groups), power);
  }

  Graph scaled(const ClassScales& scales) const {
    Graph graph = subject_.graph;
    apply_class_scales(subject_.trace, classes_, scales, graph);
    return graph;
  }

  template <typename Use>
  auto with_subject(const Graph& graph, const Use& use) const {
    const auto program = runtime::Program::compile(graph, subject_.opsets,
                                                   {.obstacles = runtime::Obstacles::kLeaveOut});
    return use(Subject{graph, subject_.opsets, program, subject_.trace, subject_.samples,
                       subject_.pool, subject_.monitor});
  }

  /// The loss of one half when the activations are rounded as the other half says, weights float.
  double loss_across(float power, std::size_t judging) const {
    const Sensitivities& seen = halves_[1 - judging];
    const ClassScales scales = scales_of(seen, power);
    std::vector<plan::Group> groups = calibrated_.groups;
    for (plan::Group& group : groups) group.params = {};
    for (const RoundedGroup& group : rounded_groups(subject_.graph, calibrated_, classes_, seen)) {
      groups[group.group].params =
          activation_params(range_of(group, scales), groups[group.group].activation);
    }
    return with_subject(scaled(scales), [&](const Subject& subject) {
      RoundedModel model(subject, calibrated_);
      return loss_->total(model.run(groups, exact_, *loss_, judging, kHalves), judging, kHalves);
    });
  }

  /// Those that gain whichever half judges, the best first. Level 2 takes the best alone.
  std::vector<float> promising_strengths(int level, std::vector<StageRecord>& records) const {
    const auto worse_half = [&](float power) {
      subject_.monitor.step({"tune", 0, 0});
      return std::max(loss_across(power, 0), loss_across(power, 1));
    };
    const double before = worse_half(0);
    std::vector<std::pair<double, float>> found;
    for (const Strength& strength : kStrengths) {
      if (strength.level > level) continue;
      const double loss = worse_half(strength.power);
      if (loss < before) found.emplace_back(loss, strength.power);
    }
    std::sort(found.begin(), found.end());
    records.push_back({.stage = "scaling by sensitivity",
                       .node = "",
                       .tensor = "",
                       .choice = found.empty() ? "channels as they are"
                                               : in_percent(found[0].second) + " of the scales",
                       .before_db = decibel(1, before),
                       .after_db = decibel(1, found.empty() ? before : found[0].first)});
    std::vector<float> powers;
    for (const auto& [loss, power] : found) {
      // What level 2 would take stays among what level 3 tries.
      if (level > 2 || powers.empty()) powers.push_back(power);
    }
    return powers;
  }

  Candidate reconstruct_scaled(float power) const {
    Tuned tuned{.graph = scaled(scales_of(merged(halves_[0], halves_[1]), power)),
                .plan = calibrated_,
                .stats = {}};
    std::vector<StageRecord> records;
    auto losses = with_subject(tuned.graph, [&](const Subject& subject) {
      tuned.stats = collect_stats(
          subject.program, needed_stats(subject.graph, tuned.plan, subject.trace), subject.samples);
      choose_activation_params(subject.graph, tuned.stats, tuned.plan);
      Diagnostics said_before;
      choose_constant_params(subject.graph, tuned.plan, said_before);
      choose_ranges(subject, tuned.stats, tuned.plan, records);
      Reconstruction result = reconstruct(subject, tuned.plan, {.compensates = compensates_});
      tuned.plan = std::move(result.plan);
      std::ranges::move(result.records, std::back_inserter(records));
      return quantized_losses(subject, tuned.plan);
    });
    return {std::move(tuned), std::move(losses), std::move(records)};
  }

  /// The same channels and ranges, each layer fitted anew.
  Candidate reconstruct_again(const Tuned& start, Effort effort) {
    effort.compensates = compensates_;
    Candidate candidate{.tuned = {.graph = start.graph, .plan = calibrated_, .stats = start.stats},
                        .losses = {},
                        .records = {}};
    plan::QuantPlan& plan = candidate.tuned.plan;
    plan.groups = start.plan.groups;
    candidate.losses = with_subject(candidate.tuned.graph, [&](const Subject& subject) {
      Diagnostics said_before;
      choose_constant_params(subject.graph, plan, said_before);
      Reconstruction result = reconstruct(subject, plan, effort);
      plan = std::move(result.plan);
      candidate.records = std::move(result.records);
      candidate.gains = result.gains;
      left_out_.not_learned = std::move(result.not_learned);
      return quantized_losses(subject, plan);
    });
    return candidate;
  }

  /// Of the emitted model, for each of the samples that judge wholes.
  std::vector<double> quantized_losses(const Subject& subject, const plan::QuantPlan& plan) const {
    return IntegerModel(subject, plan, judges_.values).losses(judges_, *judges_loss_);
  }

  const Subject& subject_;
  const ActivationStats& stats_;
  const plan::QuantPlan& calibrated_;
  ChannelClasses classes_;
  ReverseMode reverse_;
  std::vector<ValueId> tensors_;
  FloatOutputs exact_;
  std::optional<OutputLoss> loss_;
  FloatOutputs judges_;
  std::optional<OutputLoss> judges_loss_;
  std::array<Sensitivities, kHalves> halves_;
  bool compensates_ = true;  ///< as level 1 found it
  WorkBudget budget_{kTuningWork};
  LeftOut left_out_;
  std::vector<double> losses_;  ///< the smallest so far, by sample
  std::optional<Tuned> best_;   ///< nullopt: what level 1 leaves
  std::vector<StageRecord> best_layers_;
  std::string chosen_ = "as finetune_level 1 leaves it";
};

}  // namespace

std::optional<Tuned> tune(const Subject& subject, int level, const ActivationStats& stats,
                          const plan::QuantPlan& calibrated, const Reconstruction& finished,
                          std::vector<StageRecord>& records, Diagnostics& diagnostics) {
  return Tuner(subject, stats, calibrated).run(level, finished, records, diagnostics);
}

}  // namespace xquant::quantize
