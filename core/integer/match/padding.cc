#include "integer/match/padding.h"

#include <algorithm>

namespace xquant::integer {
namespace {

bool fills_with_zero_point(const Graph& graph, const Node& pad, const Linear& linear) {
  if (pad.string_or("mode", "constant") != "constant") return false;
  const std::int32_t zero = linear.zero_points[0];
  if (pad.input(2) == ValueId::kNone) return zero == 0;
  const Tensor* fill = graph.constant(pad.input(2));
  if (fill == nullptr || fill->size() != 1 || fill->type() != linear.type) return false;
  return zero == (linear.type == DataType::kUint8 ? fill->data<std::uint8_t>()[0]
                                                  : fill->data<std::int8_t>()[0]);
}

/// By more than one operator behind DequantizeLinear: then the Pad would stay. A DequantizeLinear
/// that nothing reads is left over from other rewrites.
bool is_read_elsewhere(const Graph& graph, ValueId quantized) {
  std::size_t readers = 0;
  for (const Use& use : graph.uses(quantized)) {
    const Node& node = graph.node(use.node);
    if (!node.is("DequantizeLinear") || graph.is_output(node.output(0))) return true;
    readers += graph.uses(node.output(0)).size();
  }
  return graph.is_output(quantized) || readers != 1;
}

}  // namespace

std::optional<Padding> padding_before(const Graph& graph, const Node& conv, const Operand& x) {
  if (!conv.is("Conv") || conv.string_or("auto_pad", "NOTSET") != "NOTSET") return {};
  const NodeId producer = graph.value(x.quantized).producer;
  if (producer == NodeId::kNone || !graph.node(producer).is("Pad")) return {};
  const Node& pad = graph.node(producer);
  if (is_read_elsewhere(graph, x.quantized)) return {};
  if (pad.input(3) != ValueId::kNone || !fills_with_zero_point(graph, pad, *x.linear)) return {};
  const Tensor* amounts = pad.input(1) == ValueId::kNone ? nullptr : graph.constant(pad.input(1));
  if (amounts == nullptr || amounts->type() != DataType::kInt64) return {};
  const auto values = amounts->data<std::int64_t>();
  const std::size_t rank = values.size() / 2;
  if (rank < 3) return {};
  const auto is_negative = [](std::int64_t n) { return n < 0; };
  if (std::any_of(values.begin(), values.end(), is_negative)) return {};
  if (values[0] != 0 || values[1] != 0 || values[rank] != 0 || values[rank + 1] != 0) return {};
  const std::size_t spatial = rank - 2;
  Padding padding{.node = pad.name, .source = pad.input(0)};
  padding.pads = conv.ints_or("pads", std::vector<std::int64_t>(2 * spatial, 0));
  if (padding.pads.size() != 2 * spatial) return {};
  for (std::size_t d = 0; d < spatial; ++d) {
    padding.pads[d] += values[2 + d];
    padding.pads[spatial + d] += values[rank + 2 + d];
  }
  return padding;
}

}  // namespace xquant::integer
