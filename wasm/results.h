#pragma once

#include <emscripten/val.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "pipeline/calibration_file.h"
#include "pipeline/pipeline.h"
#include "pipeline/predict.h"

/// Results as they cross to JavaScript: value objects whose fields are registered under the same
/// names. Numbers that have 64 bits in C++ are doubles here; they count bytes and samples and stay
/// below 2^53.
namespace xquant::wasm {

EMSCRIPTEN_DECLARE_VAL_TYPE(Bytes)  ///< Uint8Array, a copy that does not live in wasm memory
EMSCRIPTEN_DECLARE_VAL_TYPE(DiagnosticArray)  ///< DiagnosticValue[]
EMSCRIPTEN_DECLARE_VAL_TYPE(OutputArray)      ///< OutputQualityValue[]
EMSCRIPTEN_DECLARE_VAL_TYPE(TensorArray)      ///< TensorValue[]
EMSCRIPTEN_DECLARE_VAL_TYPE(OperatorArray)    ///< OperatorsValue[]
EMSCRIPTEN_DECLARE_VAL_TYPE(PredictionArray)  ///< PredictionValue[]
EMSCRIPTEN_DECLARE_VAL_TYPE(Scores)           ///< Float32Array, a copy
EMSCRIPTEN_DECLARE_VAL_TYPE(StringArray)      ///< string[]

struct DiagnosticValue {
  std::string severity;
  std::string code;
  std::string message;
  Place place;
  std::string fix;
  std::string text;  ///< all of it in one line
};

struct PathsValue {
  std::string model;
  std::string quantizedModel;
  std::string report;
  std::string reportJson;
  std::string reportHtml;
};

struct OutputQualityValue {
  std::string name;
  double sqnrDb = 0;
  double cosine = 0;
  double agreement = 0;
};

struct SummaryValue {
  double samples = 0;
  double skippedSamples = 0;
  double operators = 0;
  double quantizedOperators = 0;
  double quantizedTensors = 0;
  double floatBytes = 0;
  double quantizedBytes = 0;
  OutputArray outputs{emscripten::val::array()};
};

struct ResultValue {
  PathsValue paths;
  Bytes model{emscripten::val::undefined()};
  std::string report;
  std::string reportJson;
  std::string reportHtml;
  SummaryValue summary;
  DiagnosticArray diagnostics{emscripten::val::array()};
  std::string text;  ///< what the command line prints
  std::string json;  ///< what it prints under --json
};

struct CalibrationFileValue {
  Bytes bytes{emscripten::val::undefined()};
  double samples = 0;
  DiagnosticArray diagnostics{emscripten::val::array()};
  std::string text;  ///< what the command line prints; path is what it was stored at
  std::string json;
};

struct TensorValue {
  std::string name;
  std::string type;
  StringArray shape{emscripten::val::array()};
};

struct OperatorsValue {
  std::string type;
  double count = 0;
  double remaining = 0;
  double quantizable = 0;
};

struct InspectionValue {
  std::string producer;
  double irVersion = 0;
  double opset = 0;
  double parameters = 0;
  TensorArray inputs{emscripten::val::array()};
  TensorArray outputs{emscripten::val::array()};
  OperatorArray operators{emscripten::val::array()};
  bool quantized = false;
  StringArray missing{emscripten::val::array()};
  std::string text;
  std::string json;
};

struct PredictionValue {
  double sample = 0;
  Scores scores{emscripten::val::undefined()};
};

struct PredictionsValue {
  PredictionArray predictions{emscripten::val::array()};
  DiagnosticArray diagnostics{emscripten::val::array()};
};

DiagnosticArray to_values(std::span<const Diagnostic> diagnostics);
Bytes copy_bytes(std::string_view bytes);
PathsValue to_value(const pipeline::Paths& paths);
/// before: what arose ahead of the run, while the configuration was read.
ResultValue to_value(pipeline::Result result, std::span<const Diagnostic> before);
/// path: where it will be stored, for the texts.
CalibrationFileValue to_value(const pipeline::CalibrationFile& state, const std::string& path,
                              std::span<const Diagnostic> before);
InspectionValue to_value(const pipeline::Inspection& inspection);
PredictionsValue to_value(std::span<const pipeline::Prediction> predictions,
                          std::span<const Diagnostic> diagnostics);

}  // namespace xquant::wasm
