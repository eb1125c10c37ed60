#include "integer/linear.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "int8/xq_int8.h"
#include "runtime/ops/library_type.h"

namespace xquant::integer {
namespace {

constexpr auto kMovements = std::to_array<std::string_view>(
    {"Reshape",  "Flatten",  "Squeeze",      "Unsqueeze",      "Identity", "Transpose",
     "Slice",    "Split",    "Gather",       "GatherElements", "GatherND", "ReverseSequence",
     "Expand",   "Tile",     "DepthToSpace", "SpaceToDepth",   "MaxPool",  "Pad",
     "Resize",   "Upsample", "Concat",       "Compress",       "TopK",     "ScatterElements",
     "ScatterND"});

const Tensor* fixed(const Graph& graph, ValueId id) {
  return id == ValueId::kNone || graph.is_input(id) ? nullptr : graph.constant(id);
}

std::vector<std::int32_t> widened(const Tensor& tensor) {
  const auto copy = [](auto values) {
    return std::vector<std::int32_t>(values.begin(), values.end());
  };
  switch (tensor.type()) {
    case DataType::kInt8:
      return copy(tensor.data<std::int8_t>());
    case DataType::kUint8:
      return copy(tensor.data<std::uint8_t>());
    case DataType::kInt16:
      return copy(tensor.data<std::int16_t>());
    case DataType::kUint16:
      return copy(tensor.data<std::uint16_t>());
    case DataType::kInt32:
      return copy(tensor.data<std::int32_t>());
    default:
      return {};
  }
}

DataType type_of(const Graph& graph, const Node& node) {
  if (const Tensor* zero = fixed(graph, node.input(2))) return zero->type();
  if (node.is("DequantizeLinear")) return quantized_type(graph, node.input(0));
  const auto declared = static_cast<DataType>(node.int_or("output_dtype", 0));
  return declared == DataType::kUndefined ? DataType::kUint8 : declared;
}

/// Whether data of a type, as far as that is known, can have a zero point of the other.
bool fits(DataType data, DataType zero_point) {
  return data == DataType::kUndefined || data == zero_point;
}

}  // namespace

std::int32_t code_at(const Tensor& tensor, std::size_t i) {
  switch (tensor.type()) {
    case DataType::kUint8:
      return tensor.data<std::uint8_t>()[i];
    case DataType::kInt16:
      return tensor.data<std::int16_t>()[i];
    case DataType::kUint16:
      return tensor.data<std::uint16_t>()[i];
    default:
      return tensor.data<std::int8_t>()[i];
  }
}

bool is_movement(const Node& node) {
  if (node.string_or("reduction", "none") != "none") return false;
  return node.domain.empty() &&
         std::find(kMovements.begin(), kMovements.end(), node.op_type) != kMovements.end();
}

std::optional<std::int32_t> Linear::one_zero_point() const {
  const auto differs = [&](std::int32_t zero) { return zero != zero_points[0]; };
  if (std::any_of(zero_points.begin(), zero_points.end(), differs)) return {};
  return zero_points[0];
}

xq_type type_of(DataType type) { return runtime::ops::library_type(type).value_or(XQ_S8); }

std::int32_t lowest(DataType type) { return xq_type_min(type_of(type)); }
std::int32_t highest(DataType type) { return xq_type_max(type_of(type)); }

DataType quantized_type(const Graph& graph, ValueId value) {
  while (value != ValueId::kNone) {
    if (const Tensor* constant = graph.constant(value)) return constant->type();
    const NodeId producer = graph.value(value).producer;
    if (producer == NodeId::kNone) return graph.value(value).type.element;
    const Node& node = graph.node(producer);
    if (node.is("QuantizeLinear")) return type_of(graph, node);
    if (graph.value(value).type.element != DataType::kUndefined)
      return graph.value(value).type.element;
    if (!is_movement(node) || (node.is("TopK") && value != node.output(0))) break;
    value = node.input(0);
  }
  return DataType::kUndefined;
}

std::optional<Linear> read_linear(const Graph& graph, const Node& node) {
  if (node.input(0) == ValueId::kNone) return {};  // no model; its run says so
  const Tensor* scale = fixed(graph, node.input(1));
  if (scale == nullptr || scale->type() != DataType::kFloat || scale->size() < 1) return {};
  if (node.int_or("block_size", 0) != 0) return {};
  if (node.input(2) != ValueId::kNone && fixed(graph, node.input(2)) == nullptr) return {};
  Linear linear{.type = type_of(graph, node)};
  if (node.is("DequantizeLinear") && !fits(quantized_type(graph, node.input(0)), linear.type))
    return {};
  const auto scales = scale->data<float>();
  if (!std::ranges::all_of(scales, [](float s) { return s > 0 && std::isfinite(s); })) return {};
  linear.scales.assign(scales.begin(), scales.end());
  linear.zero_points.assign(linear.scales.size(), 0);
  if (const Tensor* zero = fixed(graph, node.input(2))) {
    linear.zero_points = widened(*zero);
    if (linear.zero_points.size() != linear.scales.size()) return {};
  }
  if (linear.scales.size() > 1) {
    linear.axis = node.int_or("axis", 1);
    if (linear.axis < 0) {
      const Tensor* data = graph.constant(node.input(0));
      const auto& shape = graph.value(node.input(0)).type.shape;
      if (data == nullptr && !shape) return {};
      linear.axis +=
          static_cast<std::int64_t>(data != nullptr ? data->shape().size() : shape->size());
    }
  }
  return linear;
}

std::size_t deepest_sum(const Linear& weights) {
  // Whether w - zero point fits int8 whatever w.
  const std::int32_t middle = weights.type == DataType::kUint8 ? 128 : 0;
  const bool is_symmetric =
      weights.is_eight_bit() &&
      std::ranges::all_of(weights.zero_points, [&](std::int32_t zero) { return zero == middle; });
  return is_symmetric ? XQ_MAX_DEPTH : XQ_MAX_DEPTH_ASYMMETRIC;
}

}  // namespace xquant::integer
