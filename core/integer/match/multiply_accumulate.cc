#include <algorithm>
#include <cmath>

#include "integer/match/bias.h"
#include "integer/match/fuse.h"
#include "integer/match/match.h"
#include "integer/match/padding.h"

namespace xquant::integer {
namespace {

/// Where an operator's weights have their channels, and how deep its sums are.
struct WeightLayout {
  std::int64_t channel_axis = 0;
  std::size_t channels = 0;
  std::size_t depth = 0;
};

WeightLayout layout_of(const Node& node, const Shape& shape) {
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  if (node.is("Conv")) {
    std::size_t depth = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) depth *= size(shape[i]);
    return {0, size(shape[0]), depth};
  }
  if (node.is("ConvTranspose")) {
    const std::size_t groups = size(node.int_or("group", 1));
    std::size_t depth = size(shape[0]) / groups;
    for (std::size_t i = 2; i < shape.size(); ++i) depth *= size(shape[i]);
    return {1, size(shape[1]) * groups, depth};
  }
  if (node.is("Gemm") && node.int_or("transB", 0) != 0) return {0, size(shape[0]), size(shape[1])};
  return {1, size(shape[1]), size(shape[0])};
}

std::string refuse_shape(const Node& node, const Operand& weights) {
  const std::size_t rank = weights.constant->shape().size();
  if (node.is("Conv") || node.is("ConvTranspose")) {
    if (rank < 3 || rank > 5) return "only convolutions in 1 to 3 dimensions have an int8 kernel";
    if (node.int_or("group", 1) < 1 || weights.constant->shape()[0] % node.int_or("group", 1) != 0)
      return "its groups do not divide its channels";
    return "";
  }
  if (rank != 2) return "its weights are no matrix";
  if (node.is("Gemm") && node.int_or("transA", 0) != 0) return "it transposes its input";
  if (const float alpha = node.is("Gemm") ? node.float_or("alpha", 1.0F) : 1.0F;
      !(alpha > 0.0F) || !std::isfinite(alpha))
    return "its alpha is not positive";
  return "";
}

std::string refuse_operands(const Node& node, const Operand& x, const Operand& w) {
  if (w.constant == nullptr && w.linear && x.linear) return "both operands change from run to run";
  if (!x.is_coded_activation()) return "its input " + why_not_coded(x);
  if (!w.is_coded_constant())
    return "its weights are no constant of 8 or 16 bits behind a DequantizeLinear";
  if (w.constant->size() == 0) return "its weights have no elements";
  if (const std::string why = refuse_shape(node, w); !why.empty()) return why;
  const WeightLayout layout = layout_of(node, w.constant->shape());
  if (!w.linear->per_tensor() && w.linear->axis != layout.channel_axis)
    return "its weights have scales along another axis than the output channels";
  const std::size_t deepest = deepest_sum(*w.linear);
  if (layout.depth > deepest) return too_deep(layout.depth, deepest);
  return "";
}

/// Gemm's C as a row: one entry, or one for each output channel in its last dimension.
bool is_row(const Operand& bias, std::size_t channels) {
  const Shape& shape = bias.constant->shape();
  return bias.constant->size() == 1 ||
         (!shape.empty() && static_cast<std::size_t>(shape.back()) == channels);
}

/// A depthwise convolution whose input has a scale for each channel: each output has one input
/// channel, so that its scale goes to the weights, and 1 is left to the input.
void move_input_scales(const Node& node, Operand& x, Operand& w) {
  if (!node.is("Conv") || !x.linear || x.linear->axis != 1 || !x.linear->is_coded()) return;
  const std::optional<std::int32_t> zero = x.linear->one_zero_point();
  if (!zero || x.constant != nullptr || !w.is_coded_constant()) return;
  const Shape& shape = w.constant->shape();
  const std::size_t groups = x.linear->scales.size();
  if (shape.size() < 3 || shape[1] != 1 || node.int_or("group", 1) != static_cast<int64_t>(groups))
    return;
  const auto channels = static_cast<std::size_t>(shape[0]);
  if (channels % groups != 0 || !(w.linear->per_tensor() || w.linear->axis == 0)) return;
  Linear moved{.type = w.linear->type, .axis = 0};
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t own = w.linear->per_tensor() ? 0 : c;
    moved.scales.push_back(x.linear->scales[c / (channels / groups)] * w.linear->scales[own]);
    moved.zero_points.push_back(w.linear->zero_points[own]);
  }
  w.linear = std::move(moved);
  x.linear = Linear{.type = x.linear->type, .scales = {1.0F}, .zero_points = {*zero}};
}

/// Gemm's alpha goes to the scales of its weights.
void move_alpha(const Node& node, Operand& w) {
  const float alpha = node.is("Gemm") ? node.float_or("alpha", 1.0F) : 1.0F;
  if (alpha == 1.0F || !w.linear) return;
  for (float& scale : w.linear->scales) scale *= alpha;
}

/// The groups of a ConvTranspose share its scales of channels: each output channel gets its own.
void repeat_for_groups(const Node& node, Operand& w) {
  if (!node.is("ConvTranspose") || w.linear->per_tensor()) return;
  const Linear shared = *w.linear;
  for (std::int64_t group = 1; group < node.int_or("group", 1); ++group) {
    w.linear->scales.insert(w.linear->scales.end(), shared.scales.begin(), shared.scales.end());
    w.linear->zero_points.insert(w.linear->zero_points.end(), shared.zero_points.begin(),
                                 shared.zero_points.end());
  }
}

std::vector<float> units_of(const Operand& x, const Operand& w) {
  std::vector<float> units;
  for (const float scale : w.linear->scales) units.push_back(x.linear->scales[0] * scale);
  return units;
}

/// MatMul's operands may have leading dimensions of any number: only a single row fits surely.
ChannelPlace place_of(const Node& node, const Tensor& weights, std::size_t channels) {
  if (node.is("MatMul")) return {channels, 0, 1};
  const std::size_t rank = weights.shape().size();
  return {channels, rank - 2, rank};
}

}  // namespace

Match fuse_multiply_accumulate(Graph& graph, NodeId op) {
  const Node& node = graph.node(op);
  Operand x = resolve(graph, node.input(0));
  Operand w = resolve(graph, node.input(1));
  move_input_scales(node, x, w);
  const Operand b = node.is("MatMul") ? Operand{} : resolve(graph, node.input(2));
  if (const std::string why = refuse_operands(node, x, w); !why.empty()) return {.reason = why};
  move_alpha(node, w);
  repeat_for_groups(node, w);
  const WeightLayout layout = layout_of(node, w.constant->shape());
  const std::vector<float> units = units_of(x, w);
  for (const float unit : units) {
    if (!(unit > 0.0F) || std::isinf(unit))
      return {.reason = "the product of its scales is no float"};
  }
  if (node.is("Gemm") && b.constant != nullptr && !is_row(b, layout.channels))
    return {.reason = "its bias is no row"};
  const Result result = follow(graph, node.output(0), place_of(node, *w.constant, layout.channels));
  const bool to_float = result.quantize == NodeId::kNone;
  const std::string width = width_of({x, w}, to_float ? *x.linear : *result.linear);
  const Bias bias =
      integer_bias(b, units, layout.channels, node.is("Gemm") ? node.float_or("beta", 1.0F) : 1.0F,
                   width.empty() ? BiasType::kInt32 : BiasType::kInt64);
  if (!bias.why_not.empty()) return {.reason = bias.why_not};

  const std::optional<Padding> padding = padding_before(graph, node, x);
  if (padding) x.quantized = padding->source;
  const ValueId written = to_float ? node.output(0) : graph.node(result.quantize).output(0);
  Match match{.island = Island{.node = node.name,
                               .op_type = node.op_type,
                               .inputs = {graph.value(x.quantized).name},
                               .output = graph.value(written).name,
                               .bias_rounding = bias.largest_rounding},
              .execution = to_float ? Execution::kInt8ToFloat : Execution::kInt8,
              .reason = to_float ? "its result " + result.why_float : width};
  for (const NodeId id : result.activations) match.covered.push_back(graph.node(id).name);
  if (padding) match.covered.push_back(padding->node);
  FusedNode fused(graph, op, node.op_type);
  if (padding) fused.set("pads", padding->pads);
  fused.add(x);
  fused.add(w);
  if (bias.values.empty())
    fused.add_absent();
  else
    fused.add_constant("_bias", bias_tensor(bias));
  fused.finish(result);
  return match;
}

}  // namespace xquant::integer
