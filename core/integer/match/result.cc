#include "integer/match/result.h"

#include <algorithm>
#include <limits>

#include "int8/xq_int8.h"

namespace xquant::integer {
namespace {

constexpr float kMost = std::numeric_limits<float>::max();

std::optional<float> clip_bound(const Graph& graph, const Node& clip, std::size_t position,
                                const char* attribute, float unbounded) {
  const ValueId operand = clip.input(position);
  if (operand == ValueId::kNone) return clip.float_or(attribute, unbounded);
  const Tensor* constant = graph.constant(operand);
  if (constant != nullptr && constant->type() == DataType::kFloat && constant->size() == 1)
    return constant->data<float>()[0];
  const NodeId producer = graph.value(operand).producer;
  if (producer == NodeId::kNone || !graph.node(producer).is("DequantizeLinear")) return {};
  const auto linear = read_linear(graph, graph.node(producer));
  const Tensor* q = graph.constant(graph.node(producer).input(0));
  if (!linear || q == nullptr || q->size() != 1 || !linear->is_coded()) return {};
  const std::int32_t value = code_at(*q, 0);
  return static_cast<float>(value - linear->zero_points[0]) * linear->scales[0];
}

std::string not_coded(const Node& quantize) {
  return "is quantized by " + describe(quantize) +
         " to another type than those of 8 and 16 bits, per channel, or with computed parameters";
}

/// The first reader that is no QuantizeLinear.
std::string float_reader(const Graph& graph, ValueId value) {
  for (const Use& use : graph.uses(value)) {
    const Node& node = graph.node(use.node);
    if (!node.is("QuantizeLinear")) return "is read in float by " + describe(node);
  }
  return "is quantized in several ways";
}

/// A result with a scale for each channel: QuantizeLinear's division becomes the last step, behind
/// which one scale of 1 is left. Its bits stay the same.
void divide_by_scales(Linear& linear, const ChannelPlace& place, Stage& stage) {
  const std::optional<std::int32_t> zero = linear.one_zero_point();
  const bool fits = linear.axis == 1 && place.most_rank > 2 && zero &&
                    linear.scales.size() == place.channels && stage.steps.size() < XQ_MAX_STEPS;
  if (!fits || !linear.is_coded()) return;
  stage.steps.push_back({.kind = XQ_STEP_BINARY,
                         .op = XQ_DIV,
                         .a = static_cast<int>(stage.steps.size()),
                         .b = XQ_STEP_CONSTANT,
                         .constant = linear.scales});
  linear = {.type = linear.type, .scales = {1.0F}, .zero_points = {*zero}};
}

}  // namespace

std::optional<Bounds> bounds_of(const Graph& graph, const Node& node) {
  if (node.is("Relu")) return Bounds{0.0F, kMost};
  if (!node.is("Clip")) return {};
  const auto low = clip_bound(graph, node, 1, "min", -kMost);
  const auto high = clip_bound(graph, node, 2, "max", kMost);
  if (!low || !high || !(*low <= *high)) return {};
  return Bounds{*low, *high};
}

std::string width_of(const std::vector<Operand>& operands, const Linear& result) {
  const auto is_eight_bit = [](const Operand& operand) { return operand.linear->is_eight_bit(); };
  return result.is_eight_bit() && std::ranges::all_of(operands, is_eight_bit) ? "" : "in 16 bits";
}

std::int32_t quantized(float value, const Linear& linear) {
  const xq_quant to = xq_quant_of(type_of(linear.type), linear.scales[0], linear.zero_points[0]);
  std::uint16_t code = 0;  // has room for every type
  xq_quantize(&value, 1, &to, &code);
  std::string bytes(reinterpret_cast<const char*>(&code), xq_type_size(to.type));
  return code_at(Tensor(linear.type, {}, std::move(bytes)), 0);
}

Result follow(const Graph& graph, ValueId value) {
  Result result;
  std::vector<Bounds> bounds;
  for (;;) {
    if (graph.is_output(value)) {
      result.why_float = "is an output of the model";
      return result;
    }
    const std::vector<Use>& uses = graph.uses(value);
    if (uses.size() != 1 || uses[0].position != 0) {
      result.why_float = float_reader(graph, value);
      return result;
    }
    const Node& reader = graph.node(uses[0].node);
    if (reader.is("QuantizeLinear")) {
      result.linear = read_linear(graph, reader);
      if (!result.linear || !result.linear->per_tensor() || !result.linear->is_coded()) {
        result.linear.reset();
        result.why_float = not_coded(reader);
        return result;
      }
      result.quantize = uses[0].node;
      break;
    }
    const std::optional<Bounds> bound = bounds_of(graph, reader);
    if (!bound) {
      result.why_float = "is read in float by " + describe(reader);
      return result;
    }
    bounds.push_back(*bound);
    result.activations.push_back(uses[0].node);
    value = reader.output(0);
  }
  result.low = lowest(result.linear->type);
  result.high = highest(result.linear->type);
  for (const auto& [low, high] : bounds) {
    const std::int32_t q_low = quantized(low, *result.linear),
                       q_high = quantized(high, *result.linear);
    result.low = std::clamp(result.low, q_low, q_high);
    result.high = std::clamp(result.high, q_low, q_high);
  }
  return result;
}

Result follow(const Graph& graph, ValueId value, const ChannelPlace& place) {
  Result result = follow(graph, value);
  if (result.quantize != NodeId::kNone) return result;
  StageMatch match = follow_stage(graph, value, place);
  if (!match.why_not.empty()) return result;
  std::optional<Linear> linear = read_linear(graph, graph.node(match.quantize));
  if (linear) divide_by_scales(*linear, place, match.stage);
  if (match.stage.steps.empty() || !linear || !linear->per_tensor() || !linear->is_coded()) {
    result.why_float = not_coded(graph.node(match.quantize));
    return result;
  }
  return {.activations = std::move(match.nodes),
          .stage = std::move(match.stage),
          .quantize = match.quantize,
          .linear = linear,
          .low = lowest(linear->type),
          .high = highest(linear->type)};
}

}  // namespace xquant::integer
