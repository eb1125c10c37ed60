#include "quantize/pixels/exact_pixels.h"

#include <algorithm>
#include <string>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/equalize/channel_ranges.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/outputs/same_function.h"
#include "quantize/params.h"
#include "quantize/pixels/pixel_front.h"
#include "quantize/pixels/pixel_input.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that are looked at, and their number.
constexpr double kPixelWork = 8e9;
constexpr std::int64_t kFewestPixelSamples = 8;
constexpr std::int64_t kMostPixelSamples = 64;
/// A tenth of the noise, in decibels.
constexpr double kWorthOperators = 10;
constexpr plan::Range kPixels{.low = 0, .high = 255};

/// The sites of the inputs that are rounded now.
std::vector<PixelSite> find_sites(const Subject& subject, const plan::QuantPlan& plan) {
  std::vector<PixelSite> sites;
  for (const PixelInput& input : pixel_inputs(subject.graph, subject.samples)) {
    const plan::Group* group = plan.find_group(input.value);
    if (input.has_exact_scale() || group == nullptr || group->root != input.value ||
        group->members.size() != 1 || group->rule.type != config::CalibrationType::kDefault) {
      continue;
    }
    auto site = find_pixel_site(subject.graph, subject.trace, subject.opsets, input);
    if (site) sites.push_back(std::move(*site));
  }
  return sites;
}

plan::Range whole(const ChannelRanges& channels) {
  plan::Range range;
  for (std::size_t c = 0; c < channels.low.size(); ++c) {
    range.low = std::min(range.low, static_cast<double>(channels.low[c]));
    range.high = std::max(range.high, static_cast<double>(channels.high[c]));
  }
  return range;
}

struct Measured {
  RangesByValue ranges;
  FloatOutputs exact;  ///< of all samples; every second one from the second on gave no ranges
};

Measured measure(const Subject& subject, const plan::QuantPlan& plan) {
  const std::int64_t count =
      affordable_samples(subject, kPixelWork, kFewestPixelSamples, kMostPixelSamples);
  std::vector<ValueId> roots;
  for (const plan::Group& group : plan.groups) roots.push_back(group.root);
  RangesRecorder ranges(std::move(roots), count, subject.samples.count());
  OutputsRecorder outputs(subject, count);
  FloatRecorder* const recorders[] = {&ranges, &outputs};
  run_recorded(subject.program, subject.samples, "pixels", recorders);
  return {ranges.take(), outputs.take()};
}

/// What rounding some of the tensors costs, by sample of those that gave no ranges.
class Judge {
 public:
  Judge(const Subject& subject, const plan::QuantPlan& plan, const FloatOutputs& exact)
      : exact_(exact), loss_(subject, exact), model_(subject, plan) {}

  using Losses = std::vector<double>;

  /// With the groups that have parameters rounded.
  Losses losses(const std::vector<plan::Group>& groups) {
    const auto noise = model_.run(groups, exact_, loss_, 1, 2);
    Losses losses;
    for (std::size_t i = 1; i < noise.size(); i += 2) {
      losses.push_back(std::max(loss_.total(noise, i, noise.size()), kLeastLoss));
    }
    return losses;
  }

 private:
  static constexpr double kLeastLoss = 1e-12;
  const FloatOutputs& exact_;
  OutputLoss loss_;
  RoundedModel model_;
};

/// How many decibels the losses of `part` are below those of `all`, in the mean.
double distance(const std::vector<double>& all, const std::vector<double>& part) {
  double sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i) sum += decibel(all[i], part[i]);
  return sum / static_cast<double>(all.size());
}

}  // namespace

std::optional<PixelModel> exact_pixels(const Subject& subject, const plan::QuantPlan& plan,
                                       std::vector<StageRecord>& records) {
  const std::vector<PixelSite> sites = find_sites(subject, plan);
  if (sites.empty()) return std::nullopt;
  const Measured measured = measure(subject, plan);
  if (measured.exact.samples() < 2) return std::nullopt;
  std::vector<plan::Group> all = plan.groups, others, inputs = plan.groups;
  for (plan::Group& group : all) {
    group.params = activation_params(whole(measured.ranges.at(group.root)), group.activation);
  }
  others = all;
  for (plan::Group& group : inputs) group.params = {};
  for (const PixelSite& site : sites) {
    const std::size_t group = index(plan.group_of.at(site.input.value));
    std::swap(others[group].params, inputs[group].params);
  }
  PixelModel model{.graph = subject.graph, .ranges = {}};
  for (const PixelSite& site : sites) {
    model.ranges[read_pixels(site, subject.opsets, model.graph)] = kPixels;
  }
  Judge judge(subject, plan, measured.exact);
  const auto losses = judge.losses(all);
  const bool gains = distance(losses, judge.losses(inputs)) < kWorthOperators &&
                     is_same_function(subject, model.graph, measured.exact);
  const double before = decibel(1, mean(losses));
  const double after = gains ? decibel(1, mean(judge.losses(others))) : before;
  for (const PixelSite& site : sites) {
    records.push_back({.stage = "exact pixels",
                       .node = subject.graph.node(site.convs.front()).name,
                       .tensor = subject.graph.value(site.input.value).name,
                       .choice = gains ? "pixels, by operators in float" : "elements as they are",
                       .before_db = before,
                       .after_db = after});
  }
  return gains ? std::optional(std::move(model)) : std::nullopt;
}

}  // namespace xquant::quantize
