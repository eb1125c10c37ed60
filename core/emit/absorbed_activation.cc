#include "emit/absorbed_activation.h"

#include <optional>

#include "graph/clip_bounds.h"
#include "int8/xq_int8.h"

namespace xquant::emit {
namespace {

std::int8_t quantized(float value, const plan::QuantParams& params) {
  std::int8_t result = 0;
  xq_quantize_f32_s8(&value, 1, params.scales[0], params.zero_points[0], &result);
  return result;
}

}  // namespace

bool is_implied_by_range(const Graph& graph, const Node& activation,
                         const plan::QuantParams& params) {
  if (activation.is("Relu")) return quantized(0.0F, params) == -128;
  if (!activation.is("Clip")) return false;
  const std::optional<ClipBounds> bounds = clip_bounds(graph, activation);
  return bounds && quantized(bounds->low, params) == -128 && quantized(bounds->high, params) == 127;
}

}  // namespace xquant::emit
