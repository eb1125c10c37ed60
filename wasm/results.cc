#include "results.h"

#include "cli/json_output.h"
#include "cli/text_output.h"

namespace xquant::wasm {

using emscripten::typed_memory_view;
using emscripten::val;

namespace {

DiagnosticValue to_value(const Diagnostic& diagnostic) {
  return {.severity = std::string(name(diagnostic.severity)),
          .code = diagnostic.code,
          .message = diagnostic.message,
          .place = diagnostic.place,
          .fix = diagnostic.fix,
          .text = diagnostic.to_string()};
}

OutputQualityValue to_value(const pipeline::OutputQuality& output) {
  return {.name = output.name,
          .sqnrDb = output.sqnr_db,
          .cosine = output.cosine,
          .agreement = output.agreement};
}

OperatorsValue to_value(const pipeline::Inspection::Operators& operators) {
  return {.type = operators.type,
          .count = static_cast<double>(operators.count),
          .remaining = static_cast<double>(operators.remaining),
          .quantizable = static_cast<double>(operators.quantizable)};
}

TensorValue to_value(const pipeline::Inspection::Tensor& tensor) {
  return {.name = tensor.name, .type = tensor.type, .shape = StringArray(val::array(tensor.shape))};
}

PredictionValue to_value(const pipeline::Prediction& prediction) {
  const auto view = typed_memory_view(prediction.scores.size(), prediction.scores.data());
  return {.sample = static_cast<double>(prediction.sample),
          .scores = Scores(val::global("Float32Array").new_(view))};
}

template <class Array, class Items>
Array to_array(const Items& items) {
  val array = val::array();
  for (const auto& item : items) array.call<void>("push", to_value(item));
  return Array(array);
}

SummaryValue to_value(const pipeline::Summary& summary) {
  return {.samples = static_cast<double>(summary.samples),
          .skippedSamples = static_cast<double>(summary.skipped_samples),
          .operators = static_cast<double>(summary.operators),
          .quantizedOperators = static_cast<double>(summary.quantized_operators),
          .quantizedTensors = static_cast<double>(summary.quantized_tensors),
          .floatBytes = static_cast<double>(summary.float_bytes),
          .quantizedBytes = static_cast<double>(summary.quantized_bytes),
          .outputs = to_array<OutputArray>(summary.outputs)};
}

}  // namespace

DiagnosticArray to_values(std::span<const Diagnostic> diagnostics) {
  return to_array<DiagnosticArray>(diagnostics);
}

Bytes copy_bytes(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
  return Bytes(val::global("Uint8Array").new_(typed_memory_view(bytes.size(), data)));
}

PathsValue to_value(const pipeline::Paths& paths) {
  return {.model = paths.model,
          .quantizedModel = paths.quantized_model,
          .report = paths.report,
          .reportJson = paths.report_json,
          .reportHtml = paths.report_html};
}

ResultValue to_value(pipeline::Result result, std::span<const Diagnostic> before) {
  result.diagnostics.insert(result.diagnostics.begin(), before.begin(), before.end());
  return {.paths = to_value(result.paths),
          .model = copy_bytes(result.quantized_model),
          .report = result.report,
          .reportJson = result.report_json,
          .reportHtml = result.report_html,
          .summary = to_value(result.summary),
          .diagnostics = to_values(result.diagnostics),
          .text = cli::text(result),
          .json = cli::json(result)};
}

CalibrationFileValue to_value(const pipeline::CalibrationFile& state, const std::string& path,
                              std::span<const Diagnostic> before) {
  pipeline::CalibrationFile all = state;
  all.diagnostics.insert(all.diagnostics.begin(), before.begin(), before.end());
  return {.bytes = copy_bytes(state.bytes),
          .samples = static_cast<double>(state.samples),
          .diagnostics = to_values(all.diagnostics),
          .text = cli::text(all, path),
          .json = cli::json(all, path)};
}

InspectionValue to_value(const pipeline::Inspection& inspection) {
  return {.producer = inspection.producer,
          .irVersion = static_cast<double>(inspection.ir_version),
          .opset = static_cast<double>(inspection.opset),
          .parameters = static_cast<double>(inspection.parameters),
          .inputs = to_array<TensorArray>(inspection.inputs),
          .outputs = to_array<TensorArray>(inspection.outputs),
          .operators = to_array<OperatorArray>(inspection.operators),
          .quantized = inspection.quantized,
          .missing = StringArray(val::array(inspection.missing)),
          .text = cli::text(inspection),
          .json = cli::json(inspection)};
}

PredictionsValue to_value(std::span<const pipeline::Prediction> predictions,
                          std::span<const Diagnostic> diagnostics) {
  return {.predictions = to_array<PredictionArray>(predictions),
          .diagnostics = to_values(diagnostics)};
}

}  // namespace xquant::wasm
