#include "pipeline/quantized_model.h"

#include <algorithm>
#include <utility>

#include "convert/lower_newer.h"
#include "convert/raise_opset.h"
#include "emit/int32_bias.h"
#include "onnx/model_file.h"
#include "pipeline/rejoin.h"

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

/// Shapes that a run produced, and what the file declares about the rest.
convert::KnownShapes known_shapes(const FloatModel& source, const quantize::Trace& trace) {
  convert::KnownShapes shapes;
  const auto declare = [&](const Graph& graph) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      const Value& value = graph.value(static_cast<ValueId>(i));
      if (value.type.shape) shapes[value.name] = Shape(value.type.shape->size(), -1);
    }
  };
  if (source.tail) declare(source.tail->whole);
  for (const auto& [value, traced] : trace) {
    shapes[source.graph().value(value).name] = traced.shape;
  }
  return shapes;
}

/// Makes a model of the input's versions one that can be written: operators and opset that int8
/// needs, metadata.
void complete(Model& model, std::int64_t opset, const convert::KnownShapes& shapes) {
  convert::lower_newer_operators(model);
  // Int8 constants are initializers that are no inputs, which IR 4 allows.
  model.ir_version = std::max<std::int64_t>(model.ir_version, 4);
  if (model.opset() < opset) convert::raise_opset(model, opset, shapes);
  model.metadata.emplace_back("xquant_version", XQUANT_VERSION);
  make_keys_unique(model.metadata);
}

}  // namespace

QuantizedModel write_model(const FloatModel& source, const quantize::Trace& trace,
                           const plan::QuantPlan& plan, const plan::Target& target,
                           const std::string& path, quantize::Samples& samples,
                           const Context& context) {
  context.monitor.step({"write", 0, 0});
  emit::Emitted emitted = emit::emit_qdq(source.graph(), plan, target);
  QuantizedModel result{.model = source.model, .float_names = std::move(emitted.float_names)};
  result.model.graph = std::move(emitted.graph);
  if (context.config().quantization.int32_bias) {
    emit::quantize_biases(result.model.graph, context.diagnostics);
  }
  Model whole = result.model;
  const convert::KnownShapes shapes = known_shapes(source, trace);
  const std::int64_t before = source.model.opset();
  complete(result.model, needed_opset(plan), shapes);
  Model exact = source.model;
  if (exact.opset() < result.model.opset()) {
    convert::lower_newer_operators(exact);
    convert::raise_opset(exact, result.model.opset(), shapes);
  }
  result.float_graph = std::move(exact.graph);
  if (source.tail) {
    whole.graph = rejoin(whole.graph, source.tail->whole, source.tail->cut);
    complete(whole, needed_opset(plan), shapes);
    verify_rejoined(whole, *source.tail, source.model.opset_imports, samples, context);
  } else {
    whole = result.model;
  }
  if (whole.opset() != before) {
    context.diagnostics.info("XQ-CNV-002", "The opset was raised from " + std::to_string(before) +
                                               " to " + std::to_string(whole.opset()) +
                                               ": the int8 form needs it.");
  }
  if (source.widened) convert::restore_interface(whole.graph, *source.widened);
  onnx::check(whole, path);
  result.bytes = onnx::serialize(whole);
  return result;
}

}  // namespace xquant::pipeline
