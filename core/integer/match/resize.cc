#include "integer/match/resize.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xquant::integer {
namespace {

constexpr auto kCoordinates = std::to_array<std::string_view>(
    {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"});

const Tensor* constant_of(const Graph& graph, ValueId value) {
  const Tensor* tensor = value == ValueId::kNone ? nullptr : graph.constant(value);
  return tensor == nullptr || tensor->size() == 0 ? nullptr : tensor;
}

ResizePlan refuse(std::string why) { return {.extra = {}, .why_not = std::move(why)}; }

}  // namespace

ResizePlan plan_resize(const Graph& graph, const Node& node, std::int64_t opset) {
  if (opset < 11) return refuse("Resize before opset 11 has no int8 kernel");
  const std::string mode = node.string_or("coordinate_transformation_mode", "half_pixel");
  if (std::find(kCoordinates.begin(), kCoordinates.end(), mode) == kCoordinates.end())
    return refuse("coordinates " + mode + " have no int8 kernel");
  if (node.int_or("antialias", 0) != 0 || node.int_or("exclude_outside", 0) != 0 ||
      node.has("axes") || node.string_or("keep_aspect_ratio_policy", "stretch") != "stretch")
    return refuse("antialias, exclude_outside, axes and aspect ratios have no int8 kernel");
  ResizePlan plan;
  const Tensor* sizes = constant_of(graph, node.input(3));
  const Tensor* scales = constant_of(graph, node.input(2));
  if (sizes != nullptr && sizes->type() == DataType::kInt64 &&
      (sizes->size() == 3 || sizes->size() == 4)) {
    const auto values = sizes->data<std::int64_t>();
    plan.extra["xq_sizes"] = std::vector<std::int64_t>(values.begin(), values.end());
    return plan;
  }
  if (scales == nullptr || scales->type() != DataType::kFloat || scales->size() < 3)
    return refuse("its scales are no three or more constants");
  const auto values = scales->data<float>();
  const auto resized = values.end() - (values.size() == 3 ? 1 : 2);
  if (std::any_of(values.begin(), resized, [](float scale) { return scale != 1.0F; }))
    return refuse("only height and width have an int8 kernel");
  plan.extra["xq_scales"] = std::vector<float>(values.begin(), values.end());
  return plan;
}

}  // namespace xquant::integer
