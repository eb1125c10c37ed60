#include "quantize/outputs/rounded_graph.h"

#include <algorithm>
#include <string>
#include <utility>

#include "quantize/params.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

void round(Graph& graph, const plan::QuantPlan& plan, ValueId value, std::size_t group,
           const AddRounding& add_rounding) {
  const NodeId producer = graph.value(value).producer;
  const bool for_all = producer != NodeId::kNone && plan.node(producer).quantized;
  const std::vector<Use> uses = graph.uses(value);
  const ValueId other =
      graph.add_value(graph.fresh_value_name("rounded"), {.element = DataType::kFloat});
  if (for_all) {
    const auto& outputs = graph.node(producer).outputs;
    const auto at = std::find(outputs.begin(), outputs.end(), value) - outputs.begin();
    graph.set_output(producer, static_cast<std::size_t>(at), other);
    add_rounding(graph, other, value, group);
    return;
  }
  for (const Use& use : uses) {
    if (use.position == Graph::kSubgraphUse || !plan.node(use.node).quantized ||
        !carries_value(graph.node(use.node), use.position)) {
      continue;
    }
    graph.set_input(use.node, use.position, other);
  }
  add_rounding(graph, value, other, group);
}

}  // namespace

Graph with_rounded_activations(const Graph& graph, const plan::QuantPlan& plan,
                               const AddRounding& add_rounding) {
  Graph rounded = graph;
  for (const auto& [value, group] : plan.group_of) {
    round(rounded, plan, value, index(group), add_rounding);
  }
  return rounded;
}

void add_conversion(Graph& graph, std::string_view op_type, ValueId from, ValueId to,
                    const plan::QuantParams& params) {
  const Shape shape =
      params.per_channel() ? Shape{static_cast<std::int64_t>(params.scales.size())} : Shape{};
  graph.add_node(
      {.name = {},
       .op_type = std::string(op_type),
       .domain = std::string(kQdqDomain),
       .inputs = {from, graph.add_constant("", Tensor::of<float>(shape, params.scales)),
                  graph.add_constant("", Tensor::of<std::int8_t>(shape, params.zero_points))},
       .outputs = {to},
       .attributes = {{"axis", std::max<std::int64_t>(params.axis, 0)}}});
}

Graph qdq_graph(const Graph& graph, const plan::QuantPlan& plan) {
  Graph qdq = with_rounded_activations(
      graph, plan, [&](Graph& edited, ValueId from, ValueId to, std::size_t group) {
        const plan::QuantParams& params = plan.groups[group].params;
        if (!params.known()) {
          edited.add_node(
              {.name = {}, .op_type = "Identity", .domain = {}, .inputs = {from}, .outputs = {to}});
          return;
        }
        const ValueId codes =
            edited.add_value(edited.fresh_value_name("codes"), {.element = DataType::kInt8});
        add_conversion(edited, "QuantizeLinear", from, codes, params);
        add_conversion(edited, "DequantizeLinear", codes, to, params);
      });
  for (const plan::ConstantOperand& operand : plan.constants) {
    if (!operand.params.known()) continue;
    const ValueId integers =
        qdq.add_constant("", quantize_operand(operand, *graph.constant(operand.value)));
    const ValueId reals =
        qdq.add_value(qdq.fresh_value_name("weights"), {.element = DataType::kFloat});
    add_conversion(qdq, "DequantizeLinear", integers, reals, operand.params);
    qdq.set_input(operand.use.node, operand.use.position, reals);
  }
  for (const plan::OperandOverride& operand : plan.overrides) {
    qdq.set_input(operand.use.node, operand.use.position, qdq.add_constant("", operand.value));
  }
  return qdq;
}

}  // namespace xquant::quantize
