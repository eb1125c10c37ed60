#pragma once

#include <emscripten/val.h>

#include <string>

#include "base/diagnostics.h"
#include "pipeline/pipeline.h"

namespace xquant::wasm {

EMSCRIPTEN_DECLARE_VAL_TYPE(Strings)     ///< string[]
EMSCRIPTEN_DECLARE_VAL_TYPE(StringList)  ///< string[], on the way out

/// A job as it crosses from JavaScript; registered as a value object of the same field names.
struct JobRequest {
  std::string configText;  ///< JSON
  std::string configFile;  ///< its name, for messages and relative paths; "" when there is none
  std::string modelPath;   ///< "" = the configuration's
  std::string outputPath;  ///< "" = as the configuration says
  std::string calibrationPath;  ///< a calibration state; "" = none
  int shardNumber = 1;          ///< the part of the samples that collectCalibration takes
  int shardOf = 1;
  int threads = 1;      ///< 1 in the build without threads
  bool strict = false;  ///< unknown configuration keys are errors
};

/// A parsed command line, as it crosses to JavaScript.
struct CommandLineValue {
  std::string action;  ///< "quantize", "calibrate", "merge", "inspect", "check", "schema", "help",
                       ///< "version"
  std::string configPath;
  std::string inputPath;
  std::string outputPath;
  std::string calibrationPath;
  int shardNumber = 1;
  int shardOf = 1;
  StringList mergePaths{emscripten::val::array()};
  StringList dataLists{emscripten::val::array()};
  std::string floatPath;
  std::string vectorsPath;
  double seed = 1;
  int samples = 2;
  int threads = 0;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool strict = false;
};

/// An error as it crosses back for describe_error(): also JavaScript has some of its own.
struct ErrorValue {
  std::string code;
  std::string kind;
  std::string reason;
  Place place;
  std::string fix;
};

/// What the command line makes of an error.
struct ErrorReportValue {
  int exitStatus = 0;
  std::string text;
  std::string json;  ///< under --json
};

pipeline::Job to_job(const JobRequest& request, Diagnostics& diagnostics);

CommandLineValue parse_command_line(const Strings& arguments);

ErrorReportValue describe_error(const ErrorValue& error);

}  // namespace xquant::wasm
