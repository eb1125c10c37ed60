#include "integer/match/resize.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace xquant::integer {
namespace {

constexpr auto kCoordinates = std::to_array<std::string_view>(
    {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"});

const Tensor* constant_of(const Graph& graph, ValueId value) {
  const Tensor* tensor = value == ValueId::kNone ? nullptr : graph.constant(value);
  return tensor == nullptr || tensor->size() == 0 ? nullptr : tensor;
}

ResizePlan no_plan(std::string why) { return {.extra = {}, .why_not = std::move(why)}; }

}  // namespace

ResizePlan plan_resize(const Graph& graph, const Node& node, std::int64_t opset) {
  if (opset < 11) return no_plan("Resize before opset 11 has no int8 kernel");
  const std::string mode = node.string_or("coordinate_transformation_mode", "half_pixel");
  if (std::find(kCoordinates.begin(), kCoordinates.end(), mode) == kCoordinates.end())
    return no_plan("coordinates " + mode + " have no int8 kernel");
  if (node.string_or("keep_aspect_ratio_policy", "stretch") != "stretch")
    return no_plan("aspect ratios that are kept have no int8 kernel");
  ResizePlan plan;
  const Tensor* sizes = constant_of(graph, node.input(3));
  const Tensor* scales = constant_of(graph, node.input(2));
  if (sizes != nullptr && sizes->type() == DataType::kInt64) {
    const auto values = sizes->data<std::int64_t>();
    plan.extra["xq_sizes"] = std::vector<std::int64_t>(values.begin(), values.end());
  } else if (scales != nullptr && scales->type() == DataType::kFloat) {
    const auto values = scales->data<float>();
    plan.extra["xq_scales"] = std::vector<float>(values.begin(), values.end());
  } else {
    return no_plan("its scales or sizes are no constants");
  }
  return plan;
}

}  // namespace xquant::integer
