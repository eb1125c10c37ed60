#include "quantize/tune/sensitive_scales.h"

#include <algorithm>
#include <array>

namespace xquant::quantize {
namespace {

/// Channels are widened at most so often, relative to the widest: a dead channel stays small, and
/// weights that read it stay above their rounding.
constexpr double kMostScaleWidening = 64;

constexpr int kMostSweeps = 30;
/// A sweep that gains less than this share ends the search.
constexpr double kLeastGain = 1e-4;
constexpr std::array kFactors = {0.5, 0.8, 0.9, 0.97, 1.03, 1.1, 1.25, 2.0};

/// A channel of a tensor as a function of its class' scale s: it needs an extent of extent / s, and
/// rounding costs it cost s^2 for a step of 1.
struct Entry {
  std::size_t scale_class;
  double extent;
  double cost;
};

/// Where a class occurs.
struct Occurrence {
  std::size_t tensor;
  double extent;
  double cost;
};

/// The extents D of all tensors decide everything: the best scale of a class is the smallest that
/// fits into every tensor it occurs in, s = max over tensors of extent / D, and the noise is
/// sum of D^2 cost s^2. D goes down or up by factors, one tensor after the other, as long as that
/// gains.
class ScaleSearch {
 public:
  ScaleSearch(std::size_t classes, const std::vector<RoundedGroup>& groups)
      : occurrences_(classes), scales_(classes, 1.0) {
    for (std::size_t t = 0; t < groups.size(); ++t) add(t, groups[t]);
    for (std::size_t k = 1; k < classes; ++k) scales_[k] = scale_of(k);
  }

  ClassScales run() {
    double noise = 0;
    for (std::size_t k = 0; k < occurrences_.size(); ++k) noise += noise_of(k);
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
      double gained = 0;
      for (std::size_t t = 0; t < extents_.size(); ++t) gained += improve(t);
      noise -= gained;
      if (!(gained > kLeastGain * noise)) break;
    }
    ClassScales scales(scales_.size(), 1.0F);
    for (std::size_t k = 1; k < scales.size(); ++k) scales[k] = static_cast<float>(scales_[k]);
    return scales;
  }

 private:
  void add(std::size_t tensor, const RoundedGroup& group) {
    std::vector<Entry> entries;
    double widest = 0, pinned = 0;
    for (const RoundedChannel& channel : group.channels) {
      const auto low = static_cast<double>(channel.sensitivity->low);
      const double extent = std::max(-low, static_cast<double>(channel.sensitivity->high));
      const auto scale_class = static_cast<std::size_t>(channel.scale_class);
      entries.push_back({scale_class, extent, channel.sensitivity->cost});
      widest = std::max(widest, extent);
      if (scale_class == 0) pinned = std::max(pinned, extent);
    }
    extents_.push_back(widest > 0 ? widest : 1.0);
    least_extents_.push_back(pinned);
    auto& classes = classes_of_.emplace_back();
    for (const Entry& entry : entries) {
      occurrences_[entry.scale_class].push_back(
          {tensor, std::max(entry.extent, widest / kMostScaleWidening), entry.cost});
      classes.push_back(entry.scale_class);
    }
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  }

  double scale_of(std::size_t scale_class) const {
    if (scale_class == 0) return 1.0;
    double scale = 0;
    for (const Occurrence& o : occurrences_[scale_class]) {
      scale = std::max(scale, o.extent / extents_[o.tensor]);
    }
    return scale > 0 ? scale : 1.0;
  }

  double noise_of(std::size_t scale_class) const {
    const double s = scale_of(scale_class);
    double noise = 0;
    for (const Occurrence& o : occurrences_[scale_class]) {
      noise += extents_[o.tensor] * extents_[o.tensor] * o.cost * s * s;
    }
    return noise;
  }

  double noise_of_all(const std::vector<std::size_t>& classes) const {
    double noise = 0;
    for (const std::size_t k : classes) noise += noise_of(k);
    return noise;
  }

  double improve(std::size_t tensor) {
    const std::vector<std::size_t>& classes = classes_of_[tensor];
    const double before = noise_of_all(classes), old = extents_[tensor];
    double least = before, best = old;
    for (const double factor : kFactors) {
      extents_[tensor] = std::max(old * factor, least_extents_[tensor]);
      const double noise = noise_of_all(classes);
      if (noise < least) least = noise, best = extents_[tensor];
    }
    extents_[tensor] = best;
    for (const std::size_t k : classes) scales_[k] = scale_of(k);
    return before - least;
  }

  std::vector<double> extents_, least_extents_;
  std::vector<std::vector<std::size_t>> classes_of_;  ///< by tensor
  std::vector<std::vector<Occurrence>> occurrences_;  ///< by class
  std::vector<double> scales_;
};

}  // namespace

std::vector<RoundedGroup> rounded_groups(const Graph& graph, const plan::QuantPlan& plan,
                                         const ChannelClasses& classes,
                                         const Sensitivities& sensitivities) {
  std::vector<RoundedGroup> groups;
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    RoundedGroup group{.group = g, .channels = {}};
    for (const ValueId member : plan.groups[g].members) {
      const NodeId producer = graph.value(member).producer;
      const bool passed = member != plan.groups[g].root && producer != NodeId::kNone &&
                          plan.node(producer).pass_through;
      const auto found = sensitivities.find(member);
      if (passed || found == sensitivities.end()) continue;
      const auto* mine = classes.of(member);
      const bool scaled = mine != nullptr && mine->size() == found->second.size();
      for (std::size_t c = 0; c < found->second.size(); ++c) {
        group.channels.push_back(
            {&found->second[c], scaled ? (*mine)[c] : ChannelClasses::kPinned});
      }
    }
    if (!group.channels.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

ClassScales sensitive_class_scales(std::size_t classes, const std::vector<RoundedGroup>& groups) {
  return ScaleSearch(classes, groups).run();
}

Range range_of(const RoundedGroup& group, const ClassScales& scales) {
  Range range;
  for (const RoundedChannel& channel : group.channels) {
    const auto scale = static_cast<double>(scales[static_cast<std::size_t>(channel.scale_class)]);
    range.low = std::min(range.low, static_cast<double>(channel.sensitivity->low) / scale);
    range.high = std::max(range.high, static_cast<double>(channel.sensitivity->high) / scale);
  }
  return range;
}

}  // namespace xquant::quantize
