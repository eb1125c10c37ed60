#include "quantize/split/split.h"

#include <string>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/outputs/weight_noise.h"
#include "quantize/split/repeat_channels.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that judge, and their number.
constexpr double kSplittingWork = 8e9;
constexpr std::int64_t kFewestSplittingSamples = 8;
constexpr std::int64_t kMostSplittingSamples = 32;

/// A wider layer costs something at every inference: it has to take away half of the weights'
/// noise (of the outputs', weight_gain).
constexpr double kWeightsWorthIt = 0.5;

struct Site {
  ChannelRegion region;
  Copies copies;
  StageRecord record;
};

double signal_of(const Tensor& weight) {
  double sum = 0;
  for (const float w : weight.data<float>()) sum += static_cast<double>(w) * static_cast<double>(w);
  return sum;
}

std::optional<Site> as_site(const Subject& subject, const plan::QuantPlan& plan,
                            std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  const Graph& graph = subject.graph;
  const Node& node = graph.node(operand.use.node);
  const bool has_one_scale =
      operand.kind == plan::ConstantOperand::Kind::kWeight && operand.params.axis < 0;
  if (!has_one_scale || operand.use.position != 1 || !(node.is("MatMul") || node.is("Gemm"))) {
    return std::nullopt;
  }
  auto region = region_before(graph, subject.trace, plan, constant);
  if (!region || region->reading.front() != constant) return std::nullopt;
  Copies copies = choose_copies(graph, plan, *region);
  const Copies none(copies.size(), 1);
  double before = 0, after = 0, signal = 0;
  for (const std::size_t reader : region->reading) {
    before += rounding_error(graph, plan.constants[reader], none);
    after += rounding_error(graph, plan.constants[reader], copies);
    signal += signal_of(*graph.constant(plan.constants[reader].value));
  }
  if (!(after < kWeightsWorthIt * before)) return std::nullopt;
  std::size_t total = 0;
  for (const std::size_t count : copies) total += count;
  StageRecord record{.stage = "channel splitting",
                     .node = node.name,
                     .tensor = graph.value(operand.value).name,
                     .choice = std::to_string(total - copies.size()) + " more than " +
                               std::to_string(copies.size()) + " channels",
                     .before_db = decibel(signal, before),
                     .after_db = decibel(signal, after)};
  return Site{std::move(*region), std::move(copies), std::move(record)};
}

}  // namespace

std::optional<Graph> split_channels(const Subject& subject, const plan::QuantPlan& plan,
                                    std::vector<StageRecord>& records) {
  std::vector<Site> sites;
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    if (auto site = as_site(subject, plan, i)) sites.push_back(std::move(*site));
  }
  if (sites.empty()) return std::nullopt;
  const FloatOutputs exact = run_float(
      subject,
      affordable_samples(subject, kSplittingWork, kFewestSplittingSamples, kMostSplittingSamples),
      "split channels");
  if (exact.samples() < 2) return std::nullopt;
  Graph graph = subject.graph;
  for (const Site& site : sites) repeat_channels(plan, site.region, site.copies, graph);
  const OutputLoss loss(subject, exact);
  const WeightGain gain = weight_gain(weight_noise(subject, subject.graph, plan, exact, loss),
                                      weight_noise(subject, graph, plan, exact, loss));
  if (gain.gains) {
    for (Site& site : sites) records.push_back(std::move(site.record));
  }
  records.push_back({.stage = "channel splitting",
                     .node = "",
                     .tensor = "",
                     .choice = gain.gains ? "wide weights shared out" : "channels as they are",
                     .before_db = gain.before_db,
                     .after_db = gain.after_db});
  return gain.gains ? std::optional(std::move(graph)) : std::nullopt;
}

}  // namespace xquant::quantize
