#include "pipeline/planning.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <variant>

#include "pipeline/node_settings.h"
#include "quantize/policy/policy.h"

namespace xquant::pipeline {

namespace {

bool holds_subgraph(const Node& node) {
  return std::ranges::any_of(node.attributes, [](const auto& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second);
  });
}

/// Of a model without int8: what keeps its products and convolutions float, each reason once, and
/// the operators whose subgraphs are not looked into.
std::string why_nothing(const Graph& graph, const plan::QuantPlan& plan,
                        const plan::Target& target) {
  std::set<std::string> told;
  std::string text, hidden;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (holds_subgraph(node)) hidden += (hidden.empty() ? "" : ", ") + node.name;
    const std::string& reason = plan.node(id).reason;
    if (!target.computing.contains(node.op_type) || !told.insert(reason).second) continue;
    text += " " + node.name + "[" + node.op_type + "] stays float: " + reason + ".";
  }
  if (hidden.empty()) return text;
  return text + " What stands inside If, Loop and Scan is not quantized (" + hidden +
         "): export the branch that you need without control flow.";
}

}  // namespace

plan::Target configured_target(const config::Config& config) {
  try {
    return quantize::with_weight_scheme(plan::target(config.quantization.target),
                                        config.quantization.weight_scheme);
  } catch (const Error& error) {
    throw Error(error.kind(), error.code(), error.message(), config.place(error.place().pointer),
                error.fix());
  }
}

plan::QuantPlan plan_model(const FloatModel& source, const quantize::Trace& trace,
                           const plan::Target& target, const Context& context) {
  const auto& wishes = context.config().quantization;
  const quantize::Exclusions exclusions{wishes.ignore_op_types, wishes.ignore_op_names};
  for (const std::string& entry : quantize::unmatched(source.graph(), exclusions)) {
    context.diagnostics.warn(
        "XQ-QNT-002", "'" + entry + "' in an ignore list matches no operator.",
        context.config().place("/quantization_parameters"),
        "Names and types are those of the simplified model; xquant inspect lists the types.");
  }
  plan::QuantPlan plan = quantize::make_plan(source.graph(), trace, target, exclusions,
                                             node_settings(source, context));
  if (plan.groups.empty()) {
    context.diagnostics.warn("XQ-QNT-001",
                             "The model has no operator that the target '" + target.name +
                                 "' runs in int8; the result is the simplified float model." +
                                 why_nothing(source.graph(), plan, target));
  }
  return plan;
}

plan::QuantPlan plan_at_level(config::PrecisionLevel level, const FloatModel& source,
                              const quantize::Trace& trace, const plan::Target& target,
                              const Context& context) {
  Job job = context.job;
  job.config.quantization.precision_level = level;
  Diagnostics said_before;
  return plan_model(source, trace, target,
                    {job, context.files, context.monitor, context.pool, said_before});
}

}  // namespace xquant::pipeline
