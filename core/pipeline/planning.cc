#include "pipeline/planning.h"

#include "pipeline/node_settings.h"
#include "quantize/policy.h"

namespace xquant::pipeline {

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
                                 "' runs in int8; the result is the simplified float model.");
  }
  return plan;
}

}  // namespace xquant::pipeline
