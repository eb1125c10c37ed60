#include "integer/match/operand.h"

#include <vector>

namespace xquant::integer {
namespace {

template <typename T>
std::vector<float> dequantized(const Tensor& tensor, const Linear& linear) {
  std::size_t inner = 1, channels = 1;
  if (!linear.per_tensor()) {
    channels = linear.scales.size();
    for (std::size_t d = static_cast<std::size_t>(linear.axis) + 1; d < tensor.shape().size(); ++d)
      inner *= static_cast<std::size_t>(tensor.shape()[d]);
  }
  const auto q = tensor.data<T>();
  std::vector<float> reals;
  for (std::size_t i = 0; i < q.size(); ++i) {
    const std::size_t c = i / inner % channels;
    const std::int64_t difference = std::int64_t{q[i]} - linear.zero_points[c];
    reals.push_back(static_cast<float>(difference) * linear.scales[c]);
  }
  return reals;
}

}  // namespace

Operand resolve(const Graph& graph, ValueId value) {
  Operand operand{.value = value};
  if (value == ValueId::kNone) return operand;
  const NodeId producer = graph.value(value).producer;
  if (producer != NodeId::kNone && graph.node(producer).is("DequantizeLinear")) {
    operand.quantized = graph.node(producer).input(0);
    operand.linear = read_linear(graph, graph.node(producer));
  }
  const ValueId source = operand.quantized != ValueId::kNone ? operand.quantized : value;
  if (!graph.is_input(source)) operand.constant = graph.constant(source);
  return operand;
}

std::string why_not_coded(const Operand& operand) {
  if (operand.quantized == ValueId::kNone) return "comes in float";
  if (!operand.linear) return "has blocks of scales, or a scale that the model computes";
  if (!operand.linear->is_coded())
    return "is " + std::string(name(operand.linear->type)) + ", not of 8 or 16 bits";
  return operand.linear->per_tensor() ? "is a constant" : "has a scale for each channel";
}

std::optional<Tensor> real_constant(const Operand& operand) {
  if (operand.constant == nullptr) return {};
  const Tensor& tensor = *operand.constant;
  if (operand.quantized == ValueId::kNone)
    return tensor.type() == DataType::kFloat ? std::optional(tensor) : std::nullopt;
  if (!operand.linear) return {};
  switch (tensor.type()) {
    case DataType::kInt8:
      return Tensor::of<float>(tensor.shape(), dequantized<std::int8_t>(tensor, *operand.linear));
    case DataType::kUint8:
      return Tensor::of<float>(tensor.shape(), dequantized<std::uint8_t>(tensor, *operand.linear));
    case DataType::kInt16:
      return Tensor::of<float>(tensor.shape(), dequantized<std::int16_t>(tensor, *operand.linear));
    case DataType::kUint16:
      return Tensor::of<float>(tensor.shape(), dequantized<std::uint16_t>(tensor, *operand.linear));
    case DataType::kInt32:
      return Tensor::of<float>(tensor.shape(), dequantized<std::int32_t>(tensor, *operand.linear));
    default:
      return {};
  }
}

std::string describe(const Node& node) { return node.op_type + " '" + node.name + "'"; }

}  // namespace xquant::integer
