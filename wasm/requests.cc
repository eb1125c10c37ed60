#include "requests.h"

#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "cli/json_output.h"
#include "config/parse.h"

namespace xquant::wasm {
namespace {

std::string_view action_name(cli::Action action) {
  switch (action) {
    case cli::Action::kQuantize:
      return "quantize";
    case cli::Action::kCalibrate:
      return "calibrate";
    case cli::Action::kMerge:
      return "merge";
    case cli::Action::kInspect:
      return "inspect";
    case cli::Action::kCheck:
      return "check";
    case cli::Action::kSchema:
      return "schema";
    case cli::Action::kHelp:
      return "help";
    case cli::Action::kVersion:
      return "version";
  }
  return "help";
}

ErrorKind kind_named(std::string_view wanted) {
  for (const ErrorKind kind : {ErrorKind::kUsage, ErrorKind::kConfig, ErrorKind::kModel,
                               ErrorKind::kData, ErrorKind::kIo, ErrorKind::kCancelled}) {
    if (name(kind) == wanted) return kind;
  }
  return ErrorKind::kInternal;
}

}  // namespace

pipeline::Job to_job(const JobRequest& request, Diagnostics& diagnostics) {
  pipeline::Job job;
  job.config = config::parse(request.configText, request.configFile, diagnostics,
                             {.strict = request.strict});
  job.model_path = request.modelPath;
  job.output_path = request.outputPath;
  job.threads = request.threads;
  job.calibration_path = request.calibrationPath;
  job.shard = {request.shardNumber, request.shardOf};
  return job;
}

CommandLineValue parse_command_line(const Strings& arguments) {
  const std::vector<std::string> words = emscripten::vecFromJSArray<std::string>(arguments);
  const cli::CommandLine line = cli::parse(words);
  return {.action = std::string(action_name(line.action)),
          .configPath = line.config_path,
          .inputPath = line.input_path,
          .outputPath = line.output_path,
          .calibrationPath = line.calibration_path,
          .shardNumber = line.shard.number,
          .shardOf = line.shard.of,
          .mergePaths = StringList(emscripten::val::array(line.merge_paths)),
          .dataLists = StringList(emscripten::val::array(line.data_lists)),
          .floatPath = line.float_path,
          .vectorsPath = line.vectors_path,
          .seed = static_cast<double>(line.seed),
          .samples = line.samples,
          .threads = line.threads,
          .json = line.json,
          .quiet = line.quiet,
          .verbose = line.verbose,
          .strict = line.strict};
}

ErrorReportValue describe_error(const ErrorValue& value) {
  const Error error(kind_named(value.kind), value.code, value.reason, value.place, value.fix);
  return {
      .exitStatus = cli::exit_status(error.kind()), .text = error.what(), .json = cli::json(error)};
}

}  // namespace xquant::wasm
