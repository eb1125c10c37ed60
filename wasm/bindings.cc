// The whole surface that JavaScript sees. Function bodies are one call into core each.
#include <emscripten/bind.h>

#include "cli/command_line.h"
#include "config/parse.h"
#include "errors.h"
#include "host.h"
#include "int8_check.h"
#include "model_check.h"
#include "pipeline/calibration_file.h"
#include "pipeline/pipeline.h"
#include "pipeline/predict.h"
#include "requests.h"
#include "results.h"

namespace xquant::wasm {
namespace {

using emscripten::function;
using emscripten::optional_override;
using emscripten::register_type;
using emscripten::value_object;

ResultValue quantize(const JobRequest& request, const Host& host) {
  HostFiles files(host);
  HostMonitor monitor(host);
  Diagnostics diagnostics;
  const pipeline::Job job = to_job(request, diagnostics);
  host.call<void>("notes", to_values(diagnostics.items()));
  host.call<void>("paths", to_value(pipeline::resolve_paths(job, files)));
  return to_value(pipeline::quantize(job, files, monitor), diagnostics.items());
}

CalibrationFileValue collect_calibration(const JobRequest& request, const Host& host) {
  HostFiles files(host);
  HostMonitor monitor(host);
  Diagnostics diagnostics;
  const pipeline::Job job = to_job(request, diagnostics);
  host.call<void>("notes", to_values(diagnostics.items()));
  return to_value(pipeline::collect_calibration(job, files, monitor), request.outputPath,
                  diagnostics.items());
}

CalibrationFileValue merge_calibrations(const Strings& paths, const std::string& output,
                                        const Host& host) {
  HostFiles files(host);
  const std::vector<std::string> names = emscripten::vecFromJSArray<std::string>(paths);
  return to_value(pipeline::merge_calibrations(names, output, files), output, {});
}

DiagnosticArray check_config(const JobRequest& request) {
  Diagnostics diagnostics;
  to_job(request, diagnostics);
  return to_values(diagnostics.items());
}

InspectionValue inspect(const std::string& model_path, const Host& host) {
  HostFiles files(host);
  return to_value(pipeline::inspect(model_path, files));
}

PredictionsValue predict(const JobRequest& request, const Host& host) {
  HostFiles files(host);
  HostMonitor monitor(host);
  Diagnostics diagnostics;
  const pipeline::Job job = to_job(request, diagnostics);
  const auto predictions = pipeline::predict(job, files, monitor, diagnostics);
  return to_value(predictions, diagnostics.items());
}

void bind_types() {
  register_type<Host>("Host", kHostType);
  register_type<Strings>("string[]");
  register_type<StringArray>("string[]");
  register_type<StringList>("string[]");
  register_type<Bytes>("Uint8Array<ArrayBuffer>");
  register_type<DiagnosticArray>("DiagnosticValue[]");
  register_type<OutputArray>("OutputQualityValue[]");
  register_type<TensorArray>("TensorValue[]");
  register_type<OperatorArray>("OperatorsValue[]");
  register_type<PredictionArray>("PredictionValue[]");
  register_type<VectorFileArray>("VectorFileValue[]");
  register_type<Scores>("Float32Array<ArrayBuffer>");

  value_object<Place>("PlaceValue")
      .field("file", &Place::file)
      .field("line", &Place::line)
      .field("column", &Place::column)
      .field("pointer", &Place::pointer)
      .field("node", &Place::node)
      .field("tensor", &Place::tensor);
  value_object<DiagnosticValue>("DiagnosticValue")
      .field("severity", &DiagnosticValue::severity)
      .field("code", &DiagnosticValue::code)
      .field("message", &DiagnosticValue::message)
      .field("place", &DiagnosticValue::place)
      .field("fix", &DiagnosticValue::fix)
      .field("text", &DiagnosticValue::text);
}

void bind_command_line() {
  value_object<CommandLineValue>("CommandLineValue")
      .field("action", &CommandLineValue::action)
      .field("configPath", &CommandLineValue::configPath)
      .field("inputPath", &CommandLineValue::inputPath)
      .field("outputPath", &CommandLineValue::outputPath)
      .field("calibrationPath", &CommandLineValue::calibrationPath)
      .field("shardNumber", &CommandLineValue::shardNumber)
      .field("shardOf", &CommandLineValue::shardOf)
      .field("mergePaths", &CommandLineValue::mergePaths)
      .field("dataLists", &CommandLineValue::dataLists)
      .field("floatPath", &CommandLineValue::floatPath)
      .field("vectorsPath", &CommandLineValue::vectorsPath)
      .field("seed", &CommandLineValue::seed)
      .field("samples", &CommandLineValue::samples)
      .field("threads", &CommandLineValue::threads)
      .field("json", &CommandLineValue::json)
      .field("quiet", &CommandLineValue::quiet)
      .field("verbose", &CommandLineValue::verbose)
      .field("strict", &CommandLineValue::strict);
  function("parseCommandLine", optional_override([](const Strings& arguments) {
             return guard([&] { return parse_command_line(arguments); });
           }));
  value_object<ErrorValue>("ErrorValue")
      .field("code", &ErrorValue::code)
      .field("kind", &ErrorValue::kind)
      .field("reason", &ErrorValue::reason)
      .field("place", &ErrorValue::place)
      .field("fix", &ErrorValue::fix);
  value_object<ErrorReportValue>("ErrorReportValue")
      .field("exitStatus", &ErrorReportValue::exitStatus)
      .field("text", &ErrorReportValue::text)
      .field("json", &ErrorReportValue::json);
  function("describeError", optional_override([](const ErrorValue& error) {
             return guard([&] { return describe_error(error); });
           }));
  function("helpText", &cli::help_text);
  function("versionText", &cli::version_text);
}

void bind_config() {
  function("configSchema", optional_override([] { return std::string(config::schema()); }));
  function("checkConfig", optional_override([](const JobRequest& request) {
             return guard([&] { return check_config(request); });
           }));
}

void bind_quantize() {
  value_object<JobRequest>("JobRequest")
      .field("configText", &JobRequest::configText)
      .field("configFile", &JobRequest::configFile)
      .field("modelPath", &JobRequest::modelPath)
      .field("outputPath", &JobRequest::outputPath)
      .field("calibrationPath", &JobRequest::calibrationPath)
      .field("shardNumber", &JobRequest::shardNumber)
      .field("shardOf", &JobRequest::shardOf)
      .field("threads", &JobRequest::threads)
      .field("strict", &JobRequest::strict);
  value_object<PathsValue>("PathsValue")
      .field("model", &PathsValue::model)
      .field("quantizedModel", &PathsValue::quantizedModel)
      .field("report", &PathsValue::report)
      .field("reportJson", &PathsValue::reportJson)
      .field("reportHtml", &PathsValue::reportHtml);
  value_object<OutputQualityValue>("OutputQualityValue")
      .field("name", &OutputQualityValue::name)
      .field("sqnrDb", &OutputQualityValue::sqnrDb)
      .field("cosine", &OutputQualityValue::cosine)
      .field("agreement", &OutputQualityValue::agreement);
  value_object<SummaryValue>("SummaryValue")
      .field("samples", &SummaryValue::samples)
      .field("skippedSamples", &SummaryValue::skippedSamples)
      .field("operators", &SummaryValue::operators)
      .field("quantizedOperators", &SummaryValue::quantizedOperators)
      .field("quantizedTensors", &SummaryValue::quantizedTensors)
      .field("floatBytes", &SummaryValue::floatBytes)
      .field("quantizedBytes", &SummaryValue::quantizedBytes)
      .field("outputs", &SummaryValue::outputs);
  value_object<ResultValue>("ResultValue")
      .field("paths", &ResultValue::paths)
      .field("model", &ResultValue::model)
      .field("report", &ResultValue::report)
      .field("reportJson", &ResultValue::reportJson)
      .field("reportHtml", &ResultValue::reportHtml)
      .field("summary", &ResultValue::summary)
      .field("diagnostics", &ResultValue::diagnostics)
      .field("text", &ResultValue::text)
      .field("json", &ResultValue::json);
  function("quantize", optional_override([](const JobRequest& request, const Host& host) {
             return guard([&] { return quantize(request, host); });
           }));
}

void bind_calibration() {
  value_object<CalibrationFileValue>("CalibrationFileValue")
      .field("bytes", &CalibrationFileValue::bytes)
      .field("samples", &CalibrationFileValue::samples)
      .field("diagnostics", &CalibrationFileValue::diagnostics)
      .field("text", &CalibrationFileValue::text)
      .field("json", &CalibrationFileValue::json);
  function("collectCalibration", optional_override([](const JobRequest& request, const Host& host) {
             return guard([&] { return collect_calibration(request, host); });
           }));
  function("mergeCalibrations",
           optional_override([](const Strings& paths, const std::string& output, const Host& host) {
             return guard([&] { return merge_calibrations(paths, output, host); });
           }));
}

void bind_inspect() {
  value_object<TensorValue>("TensorValue")
      .field("name", &TensorValue::name)
      .field("type", &TensorValue::type)
      .field("shape", &TensorValue::shape);
  value_object<OperatorsValue>("OperatorsValue")
      .field("type", &OperatorsValue::type)
      .field("count", &OperatorsValue::count)
      .field("remaining", &OperatorsValue::remaining)
      .field("quantizable", &OperatorsValue::quantizable);
  value_object<InspectionValue>("InspectionValue")
      .field("producer", &InspectionValue::producer)
      .field("irVersion", &InspectionValue::irVersion)
      .field("opset", &InspectionValue::opset)
      .field("parameters", &InspectionValue::parameters)
      .field("inputs", &InspectionValue::inputs)
      .field("outputs", &InspectionValue::outputs)
      .field("operators", &InspectionValue::operators)
      .field("quantized", &InspectionValue::quantized)
      .field("missing", &InspectionValue::missing)
      .field("text", &InspectionValue::text)
      .field("json", &InspectionValue::json);
  function("inspect", optional_override([](const std::string& model_path, const Host& host) {
             return guard([&] { return inspect(model_path, host); });
           }));
}

void bind_predict() {
  value_object<PredictionValue>("PredictionValue")
      .field("sample", &PredictionValue::sample)
      .field("scores", &PredictionValue::scores);
  value_object<PredictionsValue>("PredictionsValue")
      .field("predictions", &PredictionsValue::predictions)
      .field("diagnostics", &PredictionsValue::diagnostics);
  function("predict", optional_override([](const JobRequest& request, const Host& host) {
             return guard([&] { return predict(request, host); });
           }));
}

void bind_check() {
  value_object<CheckRequest>("CheckRequest")
      .field("modelPath", &CheckRequest::modelPath)
      .field("floatPath", &CheckRequest::floatPath)
      .field("configText", &CheckRequest::configText)
      .field("configFile", &CheckRequest::configFile)
      .field("dataLists", &CheckRequest::dataLists)
      .field("seed", &CheckRequest::seed)
      .field("samples", &CheckRequest::samples)
      .field("threads", &CheckRequest::threads)
      .field("strict", &CheckRequest::strict)
      .field("vectors", &CheckRequest::vectors)
      .field("vectorsFolder", &CheckRequest::vectorsFolder);
  value_object<VectorFileValue>("VectorFileValue")
      .field("path", &VectorFileValue::path)
      .field("bytes", &VectorFileValue::bytes);
  value_object<CheckValue>("CheckValue")
      .field("passed", &CheckValue::passed)
      .field("text", &CheckValue::text)
      .field("json", &CheckValue::json)
      .field("diagnostics", &CheckValue::diagnostics)
      .field("vectors", &CheckValue::vectors);
  function("checkModel", optional_override([](const CheckRequest& request, const Host& host) {
             return guard([&] { return check_model(request, host); });
           }));
}

void bind_int8() {
  value_object<VectorReportValue>("VectorReportValue")
      .field("isa", &VectorReportValue::isa)
      .field("cases", &VectorReportValue::cases)
      .field("mismatches", &VectorReportValue::mismatches)
      .field("firstMismatch", &VectorReportValue::firstMismatch);
  function("checkInt8Vectors", optional_override([](const Bytes& bytes) {
             return guard([&] { return check_int8_vectors(bytes); });
           }));
}

}  // namespace

EMSCRIPTEN_BINDINGS(xquant) {
  bind_types();
  bind_command_line();
  bind_config();
  bind_quantize();
  bind_calibration();
  bind_inspect();
  bind_predict();
  bind_check();
  bind_int8();
}

}  // namespace xquant::wasm
