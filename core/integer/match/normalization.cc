#include "integer/match/normalization.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "integer/match/operand.h"

namespace xquant::integer {
namespace {

constexpr auto kOnnx = std::to_array<std::string_view>(
    {"LayerNormalization", "RMSNormalization", "InstanceNormalization", "GroupNormalization",
     "SimplifiedLayerNormalization"});
constexpr auto kMicrosoftNormalizations =
    std::to_array<std::string_view>({"LayerNormalization", "SimplifiedLayerNormalization"});

template <typename Names>
bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool normalizes_rows(const Node& node) {
  return node.op_type != "InstanceNormalization" && node.op_type != "GroupNormalization";
}

/// How many of the last dimensions are normalized; nullopt when that takes the input's rank, which
/// is unknown.
std::optional<std::size_t> normalized_dimensions(const Graph& graph, const Node& node) {
  const std::int64_t axis = node.int_or("axis", -1);
  if (axis < 0) return static_cast<std::size_t>(-axis);
  const auto& shape = graph.value(node.input(0)).type.shape;
  if (!shape || static_cast<std::int64_t>(shape->size()) <= axis) return {};
  return shape->size() - static_cast<std::size_t>(axis);
}

/// Whether every row has the same scale or bias.
bool is_of_one_row(const Graph& graph, const Node& node, const Shape& shape) {
  if (shape.size() <= 1) return true;
  const auto dimensions = normalized_dimensions(graph, node);
  if (!dimensions) return false;
  const std::size_t before = shape.size() - std::min(shape.size(), *dimensions);
  return std::all_of(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(before),
                     [](std::int64_t dim) { return dim == 1; });
}

}  // namespace

bool is_normalization(const Node& node) {
  if (node.domain.empty()) return contains(kOnnx, node.op_type);
  return node.domain == "com.microsoft" && contains(kMicrosoftNormalizations, node.op_type);
}

NormalizationPlan plan_normalization(const Graph& graph, const Node& node) {
  NormalizationPlan plan;
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != ValueId::kNone) plan.why_not = "it has by-products";
  }
  if (node.int_or("stash_type", 1) != 1) plan.why_not = "it does not compute in binary32";
  for (std::size_t i = 1; i < node.inputs.size() && plan.why_not.empty(); ++i) {
    if (node.inputs[i] == ValueId::kNone && i > 1) continue;
    std::optional<Tensor> real = real_constant(resolve(graph, node.inputs[i]));
    if (!real)
      plan.why_not = "its scale or bias is no constant";
    else if (normalizes_rows(node) && !is_of_one_row(graph, node, real->shape()))
      plan.why_not = "its scale or bias may differ from row to row";
    else
      plan.reals.push_back(*std::move(real));
  }
  if (plan.why_not.empty() && plan.reals.size() < (normalizes_rows(node) ? 1U : 2U))
    plan.why_not = "it has no scale or bias";
  return plan;
}

}  // namespace xquant::integer
