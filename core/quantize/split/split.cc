#include "quantize/split/split.h"

#include <array>
#include <string>
#include <utility>

#include "quantize/calibrate/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/split/repeat_channels.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that judge, and their number.
constexpr double kSplittingWork = 8e9;
constexpr std::int64_t kFewestSplittingSamples = 8;
constexpr std::int64_t kMostSplittingSamples = 32;

/// A wider layer costs something at every inference: it has to take away half of the weights'
/// noise, and all of them together a fifth of the outputs'.
constexpr double kWeightsWorthIt = 0.5;
constexpr double kOutputsWorthIt = 0.8;

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

/// The noise of the outputs with weights rounded and activations as they are, of both halves of the
/// samples.
std::array<double, 2> noise_of(const Subject& subject, const Graph& graph, plan::QuantPlan plan,
                               const FloatOutputs& exact, const OutputLoss& loss) {
  for (plan::Group& group : plan.groups) group.params = {};
  Diagnostics said_later;
  choose_constant_params(graph, plan, said_later);
  const Subject changed{graph,           subject.opsets, subject.program, subject.trace,
                        subject.samples, subject.pool,   subject.monitor};
  const auto noise = IntegerModel(changed, plan, exact.values).run(exact, loss, 0, 1);
  return {loss.total(noise, 0, 2), loss.total(noise, 1, 2)};
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
  const auto before = noise_of(subject, subject.graph, plan, exact, loss);
  const auto after = noise_of(subject, graph, plan, exact, loss);
  const bool gains = after[0] < before[0] && after[1] < before[1] &&
                     after[0] + after[1] < kOutputsWorthIt * (before[0] + before[1]);
  if (gains) {
    for (Site& site : sites) records.push_back(std::move(site.record));
  }
  records.push_back({.stage = "channel splitting",
                     .node = "",
                     .tensor = "",
                     .choice = gains ? "wide weights shared out" : "channels as they are",
                     .before_db = decibel(2, before[0] + before[1]),
                     .after_db = decibel(2, gains ? after[0] + after[1] : before[0] + before[1])});
  return gains ? std::optional(std::move(graph)) : std::nullopt;
}

}  // namespace xquant::quantize
