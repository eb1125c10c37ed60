#include <algorithm>
#include <array>
#include <string_view>

#include "integer/fused.h"
#include "integer/match/fuse.h"
#include "integer/match/match.h"
#include "integer/match/resize.h"

namespace xquant::integer {
namespace {

constexpr auto kBinary =
    std::to_array<std::string_view>({"Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu"});
constexpr auto kUnary = std::to_array<std::string_view>(
    {"AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceSum", "ReduceMax",
     "ReduceMin", "Softmax", "LogSoftmax"});
constexpr auto kNormalization =
    std::to_array<std::string_view>({"LayerNormalization", "InstanceNormalization"});

bool is_linear_resize(const Node& node) {
  return node.is("Resize") && node.string_or("mode", "nearest") == "linear";
}

template <typename Names>
bool contains(const Names& names, const Node& node) {
  return node.domain.empty() && std::find(names.begin(), names.end(), node.op_type) != names.end();
}

bool is_eight_bit(const Operand& operand) {
  return operand.linear && operand.linear->is_eight_bit() && operand.linear->per_tensor();
}

/// The axes of a reduction as one run of dimensions, from the attribute or a constant operand;
/// empty when they are none.
std::vector<std::int64_t> reduced_axes(const Graph& graph, const Node& node) {
  std::vector<std::int64_t> axes = node.ints_or("axes", {});
  const Tensor* operand = node.input(1) == ValueId::kNone ? nullptr : graph.constant(node.input(1));
  if (operand != nullptr && operand->type() == DataType::kInt64) {
    const auto values = operand->data<std::int64_t>();
    axes.assign(values.begin(), values.end());
  }
  std::sort(axes.begin(), axes.end());
  for (std::size_t i = 1; i < axes.size(); ++i) {
    if (axes[i] != axes[i - 1] + 1) return {};
  }
  return axes.empty() || (axes.front() < 0) != (axes.back() < 0) ? std::vector<std::int64_t>{}
                                                                 : axes;
}

struct Plan {
  std::vector<Operand> activations;  ///< or 8-bit constants
  std::vector<const Tensor*> reals;  ///< float constants behind them
  Attributes extra{};
  std::string why_not{};
};

Plan refuse(std::string why) { return {.activations = {}, .reals = {}, .why_not = std::move(why)}; }

Plan plan_of(const Graph& graph, const Node& node, std::int64_t opset) {
  Plan plan;
  const Operand first = resolve(graph, node.input(0));
  if (contains(kBinary, node)) {
    if (node.inputs.size() != 2) return refuse("more than two operands have no int8 kernel");
    const Operand second = resolve(graph, node.input(1));
    if (!is_eight_bit(first) || !is_eight_bit(second))
      return refuse("an operand comes in float or without one constant 8-bit scale");
    plan.activations = {first, second};
    return plan;
  }
  if (!first.is_activation())
    return refuse("its input comes in float or without one constant 8-bit scale");
  plan.activations = {first};
  if (is_linear_resize(node)) {
    ResizePlan resize = plan_resize(graph, node, opset);
    plan.extra = std::move(resize.extra);
    plan.why_not = std::move(resize.why_not);
  }
  if (node.op_type.starts_with("Reduce")) {
    const std::vector<std::int64_t> axes = reduced_axes(graph, node);
    if (axes.empty()) return refuse("its axes are no run of dimensions");
    plan.extra["axes"] = axes;
  }
  if (contains(kNormalization, node)) {
    if (node.outputs.size() > 1) return refuse("it has by-products");
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      const Tensor* real =
          node.inputs[i] == ValueId::kNone ? nullptr : graph.constant(node.inputs[i]);
      if (real == nullptr || real->type() != DataType::kFloat)
        return refuse("its scale or bias is no float constant");
      plan.reals.push_back(real);
    }
  }
  return plan;
}

}  // namespace

bool is_real_operator(const Node& node) {
  return is_linear_resize(node) || contains(kBinary, node) || contains(kUnary, node) ||
         contains(kNormalization, node);
}

Match fuse_real(Graph& graph, NodeId op, const runtime::OpsetImports& opsets) {
  const Node& node = graph.node(op);
  const auto opset = opsets.find("");
  const Plan plan = plan_of(graph, node, opset == opsets.end() ? 1 : opset->second);
  if (!plan.why_not.empty()) return {.reason = plan.why_not};
  const Result result = follow(graph, node.output(0));
  if (result.quantize == NodeId::kNone) return {.reason = "its result " + result.why_float};
  Match match{.island = Island{.node = node.name,
                               .op_type = node.op_type,
                               .output = graph.value(graph.node(result.quantize).output(0)).name},
              .execution = Execution::kInt8};
  for (const Operand& operand : plan.activations) {
    if (operand.constant == nullptr)
      match.island->inputs.push_back(graph.value(operand.quantized).name);
  }
  for (const NodeId activation : result.activations)
    match.covered.push_back(graph.node(activation).name);
  const std::vector<Tensor> reals = [&] {
    std::vector<Tensor> copies;  // graph edits move what the pointers point at
    for (const Tensor* real : plan.reals) copies.push_back(*real);
    return copies;
  }();
  FusedNode fused(graph, op, node.op_type);
  for (const Operand& operand : plan.activations) fused.add(operand);
  for (const Tensor& real : reals) fused.add_constant("_real", real);
  for (const auto& [name, value] : plan.extra) fused.set(name, value);
  if (opset != opsets.end()) fused.set(std::string(kOpset), opset->second);
  fused.finish(result);
  return match;
}

}  // namespace xquant::integer
