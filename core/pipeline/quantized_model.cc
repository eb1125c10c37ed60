#include "pipeline/quantized_model.h"

#include <algorithm>
#include <utility>

#include "convert/lower_newer.h"
#include "convert/raise_opset.h"
#include "onnx/model_file.h"

namespace xquant::pipeline {
namespace {

/// The ONNX checker refuses a key that occurs twice; the last value counts.
void make_keys_unique(std::vector<std::pair<std::string, std::string>>& metadata) {
  std::vector<std::pair<std::string, std::string>> unique;
  for (auto& [key, value] : metadata) {
    const auto found = std::find_if(unique.begin(), unique.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found == unique.end())
      unique.emplace_back(key, value);
    else
      found->second = value;
  }
  metadata = std::move(unique);
}

/// QuantizeLinear came with opset 10, its axis with 13.
std::int64_t needed_opset(const plan::QuantPlan& plan) {
  if (plan.groups.empty()) return 0;
  const bool per_channel =
      std::any_of(plan.constants.begin(), plan.constants.end(),
                  [](const auto& operand) { return operand.params.per_channel(); });
  return per_channel ? 13 : 10;
}

void raise_opset_where_needed(Model& model, const plan::QuantPlan& plan, const Graph& float_graph,
                              const quantize::Trace& trace, Diagnostics& diagnostics) {
  // Int8 constants are initializers that are no inputs, which IR 4 allows.
  model.ir_version = std::max<std::int64_t>(model.ir_version, 4);
  const std::int64_t before = model.opset();
  const std::int64_t needed = needed_opset(plan);
  if (before >= needed) return;
  convert::KnownShapes shapes;
  for (const auto& [value, traced] : trace) shapes[float_graph.value(value).name] = traced.shape;
  convert::raise_opset(model, needed, shapes);
  diagnostics.info("XQ-CNV-002", "The opset was raised from " + std::to_string(before) + " to " +
                                     std::to_string(needed) + ": the int8 form needs it.");
}

}  // namespace

QuantizedModel write_model(const FloatModel& source, const quantize::Trace& trace,
                           const plan::QuantPlan& plan, const plan::Target& target,
                           const std::string& path, const Context& context) {
  context.monitor.step({"write", 0, 0});
  emit::Emitted emitted = emit::emit_qdq(source.graph(), plan, target);
  QuantizedModel result{.model = source.model, .float_names = std::move(emitted.float_names)};
  result.model.graph = std::move(emitted.graph);
  convert::lower_newer_operators(result.model);
  raise_opset_where_needed(result.model, plan, source.graph(), trace, context.diagnostics);
  result.model.metadata.emplace_back("xquant_version", XQUANT_VERSION);
  make_keys_unique(result.model.metadata);
  onnx::check(result.model, path);
  result.bytes = onnx::serialize(result.model);
  return result;
}

}  // namespace xquant::pipeline
