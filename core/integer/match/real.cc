#include <algorithm>
#include <array>
#include <string_view>

#include "int8/xq_int8.h"
#include "integer/fused.h"
#include "integer/match/fuse.h"
#include "integer/match/match.h"
#include "integer/match/normalization.h"
#include "integer/match/resize.h"
#include "integer/match/sample.h"
#include "integer/match/scatter.h"

namespace xquant::integer {
namespace {

constexpr auto kBinary = std::to_array<std::string_view>(
    {"Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu", "Sum", "Pow", "Mod"});
constexpr auto kUnary =
    std::to_array<std::string_view>({"AveragePool",     "GlobalAveragePool",
                                     "GlobalMaxPool",   "ReduceMean",
                                     "ReduceSum",       "ReduceMax",
                                     "ReduceMin",       "ReduceL1",
                                     "ReduceL2",        "ReduceSumSquare",
                                     "Softmax",         "LogSoftmax",
                                     "LpPool",          "GlobalLpPool",
                                     "Hardmax",         "CumSum",
                                     "ReduceProd",      "ReduceLogSum",
                                     "ReduceLogSumExp", "LRN",
                                     "LpNormalization", "MeanVarianceNormalization"});

bool interpolates(const Node& node) {
  return (node.is("Resize") || node.is("Upsample")) &&
         node.string_or("mode", "nearest") != "nearest";
}

bool is_einsum_of_one(const Node& node) { return node.is("Einsum") && node.inputs.size() == 1; }

template <typename Names>
bool contains(const Names& names, const Node& node) {
  return node.domain.empty() && std::find(names.begin(), names.end(), node.op_type) != names.end();
}

struct Plan {
  std::vector<Operand> activations{};  ///< or 8-bit constants
  std::vector<Tensor> reals{};         ///< float constants behind them
  std::vector<ValueId> more{};         ///< further operands, of any kind or absent
  Attributes extra{};
  std::string why_not{};
};

Plan refuse(std::string why) { return {.why_not = std::move(why)}; }

/// The axes of a reduction, from the attribute or a constant operand; none where it reduces all.
Plan plan_reduction(const Graph& graph, const Node& node) {
  std::vector<std::int64_t> axes = node.ints_or("axes", {});
  if (node.input(1) != ValueId::kNone) {
    const Tensor* operand = graph.constant(node.input(1));
    if (operand == nullptr || operand->type() != DataType::kInt64)
      return refuse("its axes are no constant");
    const auto values = operand->data<std::int64_t>();
    axes.assign(values.begin(), values.end());
  }
  if (axes.empty() && node.int_or("noop_with_empty_axes", 0) != 0)
    return refuse("it reduces nothing");
  return {.extra = {{"axes", axes}}};
}

/// CumSum's axis is an operand.
Plan plan_running_sum(const Graph& graph, const Node& node) {
  const Tensor* axis = graph.is_input(node.input(1)) ? nullptr : graph.constant(node.input(1));
  if (axis == nullptr || axis->size() != 1) return refuse("its axis is no constant");
  if (axis->type() == DataType::kInt32)
    return {.extra = {{"axis", std::int64_t{axis->data<std::int32_t>()[0]}}}};
  if (axis->type() != DataType::kInt64) return refuse("its axis is no integer");
  return {.extra = {{"axis", axis->data<std::int64_t>()[0]}}};
}

Plan plan_of(const Graph& graph, const Node& node, std::int64_t opset) {
  Plan plan;
  const Operand first = resolve(graph, node.input(0));
  if (contains(kBinary, node)) {
    const Operand second = resolve(graph, node.input(1));
    if (!first.is_coded()) return refuse("its first operand " + why_not_coded(first));
    if (node.is("Mod") && node.int_or("fmod", 0) == 0) return refuse("it takes no real numbers");
    if (!second.is_coded()) return refuse("its second operand " + why_not_coded(second));
    plan.activations = {first, second};
    return plan;
  }
  if (is_scatter(node)) {
    ScatterPlan scatter = plan_scatter(graph, node);
    std::vector<ValueId> more;
    if (scatter.indices != ValueId::kNone) {
      more.assign(2 - scatter.activations.size(), ValueId::kNone);
      more.push_back(scatter.indices);
    }
    return {.activations = std::move(scatter.activations),
            .more = std::move(more),
            .extra = std::move(scatter.extra),
            .why_not = std::move(scatter.why_not)};
  }
  if (!first.is_coded_activation()) return refuse("its input " + why_not_coded(first));
  plan.activations = {first};
  constexpr std::size_t kMostOfSamples = 4;  // those of RotaryEmbedding
  if (is_sample(node) && node.inputs.size() > kMostOfSamples)
    return refuse("it has more operands than it defines");
  if (is_sample(node)) plan.more.assign(node.inputs.begin() + 1, node.inputs.end());
  if (interpolates(node)) {
    ResizePlan resize = plan_resize(graph, node, opset);
    plan.extra = std::move(resize.extra);
    plan.why_not = std::move(resize.why_not);
  } else if (node.op_type.ends_with("LpPool")) {
    const std::int64_t p = node.int_or("p", 2);
    if (p < 1 || p > XQ_MAX_NORM)
      return refuse("norms of other p than 1 to " + std::to_string(XQ_MAX_NORM) +
                    " have no int8 kernel");
  } else if (node.op_type.starts_with("Reduce")) {
    Plan reduction = plan_reduction(graph, node);
    plan.extra = std::move(reduction.extra);
    plan.why_not = std::move(reduction.why_not);
  } else if (node.is("CumSum")) {
    Plan sum = plan_running_sum(graph, node);
    plan.extra = std::move(sum.extra);
    plan.why_not = std::move(sum.why_not);
  } else if (is_normalization(node)) {
    NormalizationPlan normalization = plan_normalization(graph, node);
    plan.reals = std::move(normalization.reals);
    plan.why_not = std::move(normalization.why_not);
  }
  return plan;
}

/// An operand that an island reads as it comes: codes, floats or integers.
ValueId read_of(const Graph& graph, ValueId value) {
  const Operand operand = resolve(graph, value);
  return operand.is_coded() ? operand.quantized : value;
}

void add_changing(const Graph& graph, ValueId value, std::vector<std::string>& names) {
  if (value == ValueId::kNone) return;
  const ValueId read = read_of(graph, value);
  const std::string& name = graph.value(read).name;
  const bool is_fixed = !graph.is_input(read) && graph.constant(read) != nullptr;
  if (!is_fixed && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

void add_further(const Graph& graph, ValueId value, FusedNode& fused) {
  const Operand operand = resolve(graph, value);
  if (value == ValueId::kNone)
    fused.add_absent();
  else if (operand.is_coded())
    fused.add(operand);
  else
    fused.add_plain(value);
}

}  // namespace

bool is_real_operator(const Node& node) {
  const bool is_binary = contains(kBinary, node) && node.inputs.size() == 2;
  return interpolates(node) || is_binary || contains(kUnary, node) || is_normalization(node) ||
         is_scatter(node) || is_sample(node) || is_einsum_of_one(node);
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
                               .inputs = changing(graph, plan.activations),
                               .output = graph.value(graph.node(result.quantize).output(0)).name},
              .execution = Execution::kInt8,
              .reason = width_of(plan.activations, *result.linear)};
  for (const ValueId operand : plan.more) add_changing(graph, operand, match.island->inputs);
  for (const NodeId activation : result.activations)
    match.covered.push_back(graph.node(activation).name);
  FusedNode fused(graph, op, node.op_type);
  for (const Operand& operand : plan.activations) fused.add(operand);
  for (const ValueId operand : plan.more) add_further(graph, operand, fused);
  for (const Tensor& real : plan.reals) fused.add_constant("_real", real);
  for (const auto& [name, value] : plan.extra) fused.set(name, value);
  if (opset != opsets.end()) fused.set(std::string(kOpset), opset->second);
  fused.finish(result);
  return match;
}

}  // namespace xquant::integer
