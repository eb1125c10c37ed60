#include "quantize/calibrate/oddities.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace xquant::quantize {
namespace {

std::string sample_text(const SampleNames& samples, std::int64_t sample) {
  const std::string file = samples.file ? samples.file(sample) : "";
  return "calibration sample " + std::to_string(sample) + (file.empty() ? "" : " (" + file + ")");
}

bool is_non_finite(const ActivationStats& stats, ValueId value) {
  const auto found = stats.find(value);
  return found != stats.end() && found->second.non_finite() > 0;
}

/// Whether the tensor is where non-finite elements arise, as far as statistics reach.
bool is_origin(const Graph& graph, const ActivationStats& stats, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  if (producer == NodeId::kNone) return true;
  const auto& inputs = graph.node(producer).inputs;
  return std::none_of(inputs.begin(), inputs.end(), [&](ValueId input) {
    return input != ValueId::kNone && is_non_finite(stats, input);
  });
}

Place place_of(const Graph& graph, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  return {.node = producer == NodeId::kNone ? "" : graph.node(producer).name,
          .tensor = graph.value(value).name};
}

void report_non_finite(const Graph& graph, const ActivationStats& stats,
                       const plan::QuantPlan& plan, const SampleNames& samples,
                       Diagnostics& diagnostics) {
  for (const plan::Group& group : plan.groups) {
    const TensorStats& root = stats.at(group.root);
    if (root.non_finite() == 0 || !is_origin(graph, stats, group.root)) continue;
    diagnostics.warn("XQ-CAL-001",
                     std::to_string(root.non_finite()) +
                         " elements are NaN or infinite, first in " +
                         sample_text(samples, root.first_non_finite()) + ".",
                     place_of(graph, group.root),
                     "They, and what follows from them, are left out of the ranges; check this "
                     "sample and its preprocessing.");
  }
}

void report_dead(const Graph& graph, const ActivationStats& stats, const plan::QuantPlan& plan,
                 Diagnostics& diagnostics) {
  for (const plan::Group& group : plan.groups) {
    const TensorStats& root = stats.at(group.root);
    if (root.min() != 0.0F || root.max() != 0.0F) continue;
    diagnostics.warn("XQ-CAL-002",
                     root.any() ? "The tensor is zero in every calibration sample."
                                : "The tensor has no finite element in any calibration sample.",
                     place_of(graph, group.root),
                     "It gets the smallest scale; check that the calibration data is what the "
                     "model expects.");
  }
}

/// Detectors calibrated without anything to detect: what their int8 outputs can say ends where the
/// calibration data ended.
void report_unseen_detections(const Graph& graph, const ActivationStats& stats,
                              const plan::QuantPlan& plan, Diagnostics& diagnostics) {
  constexpr float kOneStep = 1.0F / 255;  // of a Sigmoid's whole range
  for (const plan::Group& group : plan.groups) {
    const NodeId producer = graph.value(group.root).producer;
    if (producer == NodeId::kNone || !graph.node(producer).is("Sigmoid")) continue;
    const TensorStats& root = stats.at(group.root);
    if (!root.any() || root.max() == 0.0F || root.max() >= kOneStep) continue;
    if (std::none_of(group.members.begin(), group.members.end(),
                     [&](ValueId member) { return graph.is_output(member); })) {
      continue;
    }
    diagnostics.warn(
        "XQ-CAL-005",
        "This output is a Sigmoid's and stays below 1/255 in every calibration sample; "
        "the int8 model cannot say more than that.",
        place_of(graph, group.root), "Add samples that hold what the model detects.");
  }
}

/// By how much the sample of an extreme alone widens the range; 1: not at all.
double widening(float value, float others, float opposite) {
  const double rest = std::max(static_cast<double>(others), 0.0) + static_cast<double>(opposite);
  if (rest <= 0) return std::numeric_limits<double>::infinity();
  return (std::max(static_cast<double>(value), 0.0) + static_cast<double>(opposite)) / rest;
}

struct Widened {
  ValueId tensor;
  double factor;
};

void report_lone_samples(const Graph& graph, const ActivationStats& stats,
                         const plan::QuantPlan& plan, const SampleNames& samples,
                         Diagnostics& diagnostics) {
  constexpr std::int64_t kEnough = 8;  // with fewer samples every one of them sets ranges
  constexpr double kMuch = 2;
  if (samples.count < kEnough) return;
  std::map<std::int64_t, std::vector<Widened>> by_sample;
  for (const plan::Group& group : plan.groups) {
    const TensorStats& root = stats.at(group.root);
    const float above = std::max(root.max(), 0.0F);
    const float below = std::max(-root.min(), 0.0F);
    const double up = widening(root.largest().value(), root.largest().others(), below);
    const double down = widening(root.lowest().value(), root.lowest().others(), above);
    if (!root.any() || std::max(up, down) <= kMuch || above + below == 0.0F) continue;
    const Extreme& extreme = up >= down ? root.largest() : root.lowest();
    by_sample[extreme.sample()].push_back({group.root, std::max(up, down)});
  }
  for (auto& [sample, tensors] : by_sample) {
    const auto most =
        std::max_element(tensors.begin(), tensors.end(),
                         [](const Widened& a, const Widened& b) { return a.factor < b.factor; });
    const auto tenths = static_cast<std::int64_t>(std::min(most->factor, 1e6) * 10);
    diagnostics.warn("XQ-CAL-004",
                     sample_text(samples, sample) + " alone sets the range of " +
                         std::to_string(tensors.size()) + " tensors, at most " +
                         std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                         " times as wide as the other samples need.",
                     place_of(graph, most->tensor),
                     "Check the sample; calibration_type percentile or mse gives single samples "
                     "less weight.");
  }
}

}  // namespace

void report_oddities(const Graph& graph, const ActivationStats& stats, const plan::QuantPlan& plan,
                     const SampleNames& samples, Diagnostics& diagnostics) {
  report_non_finite(graph, stats, plan, samples, diagnostics);
  report_dead(graph, stats, plan, diagnostics);
  report_unseen_detections(graph, stats, plan, diagnostics);
  report_lone_samples(graph, stats, plan, samples, diagnostics);
}

}  // namespace xquant::quantize
