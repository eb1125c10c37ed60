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

std::vector<float> values_of(const Tensor& reals) {
  return {reals.data<float>().begin(), reals.data<float>().end()};
}

/// Upsample, and Resize when it was new: scales of all dimensions, and no other coordinates.
ResizePlan plan_upsample(const Graph& graph, const Node& node) {
  ResizePlan plan;
  plan.extra["coordinate_transformation_mode"] = std::string("asymmetric");
  const Tensor* scales = constant_of(graph, node.input(1));
  if (scales != nullptr && scales->type() == DataType::kFloat)
    plan.extra["xq_scales"] = values_of(*scales);
  else if (node.has("scales"))
    plan.extra["xq_scales"] = node.floats_or("scales", {});
  else
    return no_plan("its scales are no constants");
  return plan;
}

}  // namespace

ResizePlan plan_resize(const Graph& graph, const Node& node, std::int64_t opset) {
  ResizePlan plan;
  if (node.is("Upsample") || opset < 11) return plan_upsample(graph, node);
  const std::string mode = node.string_or("coordinate_transformation_mode", "half_pixel");
  if (std::find(kCoordinates.begin(), kCoordinates.end(), mode) == kCoordinates.end())
    return no_plan("coordinates " + mode + " have no int8 kernel");
  if (node.string_or("keep_aspect_ratio_policy", "stretch") != "stretch")
    return no_plan("aspect ratios that are kept have no int8 kernel");
  const Tensor* sizes = constant_of(graph, node.input(3));
  const Tensor* scales = constant_of(graph, node.input(2));
  if (sizes != nullptr && sizes->type() == DataType::kInt64) {
    const auto values = sizes->data<std::int64_t>();
    plan.extra["xq_sizes"] = std::vector<std::int64_t>(values.begin(), values.end());
  } else if (scales != nullptr && scales->type() == DataType::kFloat) {
    plan.extra["xq_scales"] = values_of(*scales);
  } else {
    return no_plan("its scales or sizes are no constants");
  }
  return plan;
}

}  // namespace xquant::integer
