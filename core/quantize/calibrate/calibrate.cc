#include "quantize/calibrate/calibrate.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "quantize/calibrate/bias_room.h"
#include "quantize/calibrate/concat_steps.h"
#include "quantize/calibrate/useful_limits.h"
#include "quantize/calibrate/whole_steps.h"
#include "quantize/observers/method.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

/// What a Pad writes around its input; nullopt when only a run can tell, or when it writes no
/// value.
std::optional<double> pad_value(const Graph& graph, const Node& pad) {
  if (pad.string_or("mode", "constant") != "constant") return std::nullopt;
  const ValueId operand = pad.input(2);
  if (operand == ValueId::kNone) return static_cast<double>(pad.float_or("value", 0.0F));
  const Tensor* constant = graph.constant(operand);
  if (constant == nullptr || constant->type() != DataType::kFloat || constant->size() != 1) {
    return std::nullopt;
  }
  return static_cast<double>(constant->data<float>()[0]);
}

/// The value that a Pad writes around its input belongs to the tensor's range, unless it is so far
/// off (the lowest float before a MaxPool) that it would ruin the scale: then it saturates. A
/// tensor that was always zero has no scale to ruin; there only what stands for infinity saturates.
void widen_by_pad_values(const Graph& graph, const plan::Group& group, Range& range) {
  constexpr double kMostWidening = 16;
  for (const ValueId member : group.members) {
    const NodeId producer = graph.value(member).producer;
    if (producer == NodeId::kNone || !graph.node(producer).is("Pad")) continue;
    const std::optional<double> value = pad_value(graph, graph.node(producer));
    if (!value) continue;
    const Range widened{std::min(range.low, *value), std::max(range.high, *value)};
    const double extent = std::max(range.high, 0.0) - std::min(range.low, 0.0);
    const bool fits = extent > 0 ? widened.high - widened.low <= kMostWidening * extent
                                 : std::abs(*value) < static_cast<double>(kMaskLike);
    if (fits) range = widened;
  }
}

}  // namespace

void choose_activation_params(const Graph& graph, const ActivationStats& stats,
                              plan::QuantPlan& plan) {
  std::vector<Range> ranges;
  for (plan::Group& group : plan.groups) {
    cancellation_point();
    const MethodSettings settings{.percentile = group.rule.percentile};
    Range range = method(group.rule.type).choose(stats.at(group.root), settings);
    if (group.known) range = *group.known;
    widen_by_pad_values(graph, group, range);
    group.params = activation_params(range, group.activation);
    ranges.push_back(range);
  }
  // What a reader tells apart depends on the steps of its result.
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    plan::Group& group = plan.groups[i];
    if (group.members.size() != 1) continue;
    const Range limits = useful_limits(graph, plan, group.root, ranges[i].high);
    const Range useful{std::max(ranges[i].low, limits.low), std::min(ranges[i].high, limits.high)};
    group.params = activation_params(useful, group.activation);
  }
  share_concat_steps(graph, plan, plan.groups);
  carry_whole_steps(graph, plan, plan.groups);
}

void choose_constant_params(const Graph& graph, plan::QuantPlan& plan, Diagnostics& diagnostics) {
  for (plan::ConstantOperand& operand : plan.constants) {
    cancellation_point();
    const Tensor& tensor = *graph.constant(operand.value);
    if (operand.kind == plan::ConstantOperand::Kind::kOperand) {
      const auto values = tensor.data<float>();
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      operand.params =
          values.empty()
              ? asymmetric_params({})
              : asymmetric_params({static_cast<double>(*low), static_cast<double>(*high)});
      continue;
    }
    operand.params = weight_params(operand, tensor);
    make_room_for_bias(graph, plan, operand);
    if (operand.power_of_two) continue;
    const std::vector<float> magnitudes = channel_magnitudes(tensor, operand.params.axis);
    const auto zeros = std::count(magnitudes.begin(), magnitudes.end(), 0.0F);
    if (zeros == 0) continue;
    diagnostics.info(
        "XQ-CAL-003",
        std::to_string(zeros) + " of " + std::to_string(operand.params.scales.size()) +
            " output channels have only zero weights; their scale follows from the bias.",
        {.node = graph.node(operand.use.node).name, .tensor = graph.value(operand.value).name});
  }
}

}  // namespace xquant::quantize
