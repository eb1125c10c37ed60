#include "emit/absorbed_activation.h"

#include <limits>
#include <optional>

#include "int8/xq_int8.h"

namespace xquant::emit {
namespace {

std::int8_t quantized(float value, const plan::QuantParams& params) {
  std::int8_t result = 0;
  xq_quantize_f32_s8(&value, 1, params.scales[0], params.zero_points[0], &result);
  return result;
}

/// A bound of Clip: operand since opset 11, attribute before; unbounded when absent, nullopt when
/// only known at run time.
std::optional<float> bound(const Graph& graph, const Node& clip, std::size_t position,
                           std::string_view attribute, float unbounded) {
  const ValueId operand = clip.input(position);
  if (operand == ValueId::kNone) return clip.float_or(attribute, unbounded);
  const Tensor* constant = graph.constant(operand);
  if (constant == nullptr || graph.is_input(operand) || constant->type() != DataType::kFloat ||
      constant->size() != 1) {
    return std::nullopt;
  }
  return constant->data<float>()[0];
}

}  // namespace

bool is_implied_by_range(const Graph& graph, const Node& activation,
                         const plan::QuantParams& params) {
  if (activation.is("Relu")) return quantized(0.0F, params) == -128;
  if (!activation.is("Clip")) return false;
  constexpr float kMost = std::numeric_limits<float>::max();
  const std::optional<float> low = bound(graph, activation, 1, "min", -kMost);
  const std::optional<float> high = bound(graph, activation, 2, "max", kMost);
  if (!low || !high || !(*low <= *high)) return false;
  return quantized(*low, params) == -128 && quantized(*high, params) == 127;
}

}  // namespace xquant::emit
