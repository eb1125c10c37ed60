#include "integer/match/scatter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "integer/kernels/places.h"

namespace xquant::integer {
namespace {

constexpr auto kAmongZeros =
    std::to_array<std::string_view>({"MaxUnpool", "Col2Im", "CenterCropPad", "Trilu"});

ScatterPlan refuse_scatter(std::string why) { return {.why_not = std::move(why)}; }

/// A constant list of integers; nullopt: no constant.
std::optional<std::vector<std::int64_t>> integers_of(const Graph& graph, ValueId value) {
  const Tensor* constant = graph.is_input(value) ? nullptr : graph.constant(value);
  if (constant == nullptr) return {};
  const auto copy = [](auto values) {
    return std::vector<std::int64_t>(values.begin(), values.end());
  };
  if (constant->type() == DataType::kInt64) return copy(constant->data<std::int64_t>());
  if (constant->type() == DataType::kInt32) return copy(constant->data<std::int32_t>());
  return {};
}

bool is_zeros(const Operand& operand) {
  const std::optional<Tensor> real = real_constant(operand);
  if (!real) return false;
  return std::ranges::all_of(real->data<float>(), [](float value) { return value == 0.0F; });
}

ScatterPlan plan_reduction_into(const Graph& graph, const Node& node) {
  ScatterPlan plan;
  const Operand data = resolve(graph, node.input(0)), updates = resolve(graph, node.input(2));
  if (!updates.is_coded()) return refuse_scatter("its updates " + why_not_coded(updates));
  plan.activations.push_back(updates);
  if (data.is_coded())
    plan.activations.push_back(data);
  else if (is_zeros(data))
    plan.extra[kernels::kPlaces] = data.constant->shape();
  else
    return refuse_scatter("its data " + why_not_coded(data));
  plan.indices = node.input(1);
  return plan;
}

}  // namespace

bool is_scatter(const Node& node) {
  if (!node.domain.empty()) return false;
  if (node.is("ScatterElements") || node.is("ScatterND"))
    return node.string_or("reduction", "none") != "none";
  return std::ranges::find(kAmongZeros, node.op_type) != kAmongZeros.end();
}

ScatterPlan plan_scatter(const Graph& graph, const Node& node) {
  if (node.op_type.starts_with("Scatter")) return plan_reduction_into(graph, node);
  ScatterPlan plan;
  const Operand moving = resolve(graph, node.input(0));
  if (!moving.is_coded_activation()) return refuse_scatter("its input " + why_not_coded(moving));
  plan.activations.push_back(moving);
  const bool is_unpool = node.is("MaxUnpool");
  if (is_unpool) plan.indices = node.input(1);
  std::vector<std::int64_t> places;
  for (std::size_t i = is_unpool ? 2 : 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == ValueId::kNone) continue;
    const auto values = integers_of(graph, node.inputs[i]);
    if (!values) return refuse_scatter("an operand that says where elements go is no constant");
    places.insert(places.end(), values->begin(), values->end());
  }
  if (node.is("Trilu"))
    plan.extra[kernels::kPlaces] = places.empty() ? std::int64_t{0} : places[0];
  else
    plan.extra[kernels::kPlaces] = places;
  return plan;
}

}  // namespace xquant::integer
