#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/check_output.h"
#include "cli/command_line.h"
#include "cli/json_output.h"
#include "cli/output_file.h"
#include "cli/progress_line.h"
#include "cli/text_output.h"
#include "config/parse.h"
#include "pipeline/calibration_file.h"
#include "pipeline/pipeline.h"

namespace xquant::cli {
namespace {

/// Exit status: a quality gate failed.
constexpr int kGateFailed = 3;

volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) { interrupted = 1; }

void print(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

void print_notes(std::span<const Diagnostic> notes) {
  for (const Diagnostic& note : notes) print(stderr, note.to_string() + "\n");
}

/// The notes of a result in the order in which they arose: those of its configuration first.
void put_before(std::vector<Diagnostic>& notes, const Diagnostics& config_notes) {
  notes.insert(notes.begin(), config_notes.items().begin(), config_notes.items().end());
}

pipeline::Job job_of(const CommandLine& line, DiskFiles& files, Diagnostics& diagnostics) {
  if (!files.exists(line.config_path)) {
    throw Error(ErrorKind::kUsage, "XQ-CLI-012", "The configuration file does not exist.",
                {.file = line.config_path}, "Check the path after -c.");
  }
  pipeline::Job job;
  job.config = config::parse(files.read(line.config_path), line.config_path, diagnostics,
                             {.strict = line.strict});
  job.model_path = line.input_path;
  job.output_path = line.output_path;
  job.threads = line.threads;
  job.calibration_path = line.calibration_path;
  job.shard = line.shard;
  return job;
}

void quantize(const CommandLine& line) {
  DiskFiles files;
  Diagnostics config_notes;
  const pipeline::Job job = job_of(line, files, config_notes);
  if (!line.quiet) print_notes(config_notes.items());
  const pipeline::Paths paths = pipeline::resolve_paths(job, files);
  OutputFiles::require_writable(paths.quantized_model);
  if (job.config.quantization.analysis_enable) {
    for (const std::string& report : {paths.report, paths.report_json, paths.report_html})
      OutputFiles::require_writable(report);
  }
  ProgressLine progress(!line.quiet && isatty(STDERR_FILENO) != 0, interrupted);
  pipeline::Result result = pipeline::quantize(job, files, progress);
  progress.clear();
  OutputFiles output;
  output.add(result.paths.quantized_model, result.quantized_model);
  if (!result.report.empty()) {
    output.add(result.paths.report, result.report);
    output.add(result.paths.report_json, result.report_json);
    output.add(result.paths.report_html, result.report_html);
  }
  output.commit();
  if (!line.quiet) print_notes(result.diagnostics);
  put_before(result.diagnostics, config_notes);
  if (line.verbose) print(stderr, progress.timings());
  if (line.json)
    print(stdout, json(result) + "\n");
  else if (!line.quiet)
    print(stdout, text(result));
}

void store(const CommandLine& line, pipeline::CalibrationFile state,
           const Diagnostics& config_notes) {
  OutputFiles output;
  output.add(line.output_path, state.bytes);
  output.commit();
  if (!line.quiet) print_notes(state.diagnostics);
  put_before(state.diagnostics, config_notes);
  if (line.json)
    print(stdout, json(state, line.output_path) + "\n");
  else if (!line.quiet)
    print(stdout, text(state, line.output_path));
}

void calibrate(const CommandLine& line) {
  DiskFiles files;
  Diagnostics config_notes;
  const pipeline::Job job = job_of(line, files, config_notes);
  if (!line.quiet) print_notes(config_notes.items());
  OutputFiles::require_writable(line.output_path);
  ProgressLine progress(!line.quiet && isatty(STDERR_FILENO) != 0, interrupted);
  pipeline::CalibrationFile state = pipeline::collect_calibration(job, files, progress);
  progress.clear();
  store(line, std::move(state), config_notes);
}

void merge(const CommandLine& line) {
  DiskFiles files;
  OutputFiles::require_writable(line.output_path);
  store(line, pipeline::merge_calibrations(line.merge_paths, line.output_path, files), {});
}

void inspect(const CommandLine& line) {
  DiskFiles files;
  const pipeline::Inspection inspection = pipeline::inspect(line.input_path, files);
  print(stdout, line.json ? json(inspection) + "\n" : text(inspection));
}

/// 0, or 3 when the verdict is negative.
int check(const CommandLine& line) {
  DiskFiles files;
  Diagnostics config_notes;
  pipeline::CheckJob job{.model_path = line.input_path,
                         .float_path = line.float_path,
                         .data_lists = line.data_lists,
                         .random_samples = line.samples,
                         .seed = line.seed,
                         .threads = line.threads};
  if (!line.vectors_path.empty()) {
    job.vectors = pipeline::CheckJob::Vectors::kOfFirstSample;
    job.vectors_folder = line.vectors_path;
    OutputFiles::require_writable(path::join(line.vectors_path, "manifest.json"));
  }
  if (!line.config_path.empty()) job.config = job_of(line, files, config_notes).config;
  if (!line.quiet) print_notes(config_notes.items());
  ProgressLine progress(!line.quiet && isatty(STDERR_FILENO) != 0, interrupted);
  pipeline::CheckReport report = pipeline::check(job, files, progress);
  progress.clear();
  if (!line.quiet) print_notes(report.diagnostics);
  put_before(report.diagnostics, config_notes);
  OutputFiles output;
  for (const auto& [name, bytes] : report.vectors)
    output.add(path::join(line.vectors_path, name), bytes);
  output.commit();
  print(stdout, line.json ? json(report) + "\n" : text(report));
  return report.passed() ? 0 : kGateFailed;
}

int act(const CommandLine& line) {
  switch (line.action) {
    case Action::kQuantize:
      quantize(line);
      break;
    case Action::kCalibrate:
      calibrate(line);
      break;
    case Action::kMerge:
      merge(line);
      break;
    case Action::kInspect:
      inspect(line);
      break;
    case Action::kCheck:
      return check(line);
    case Action::kSchema:
      print(stdout, std::string(config::schema()));
      break;
    case Action::kHelp:
      print(stdout, help_text());
      break;
    case Action::kVersion:
      print(stdout, version_text() + "\n");
      break;
  }
  return 0;
}

int refuse(const Error& error, bool as_json) {
  if (as_json) print(stdout, json(error) + "\n");
  print(stderr, "error: " + std::string(error.what()) + "\n");
  return exit_status(error.kind());
}

/// status, unless what the program said on standard output went nowhere (a full disk).
int flushed(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  return refuse(Error(ErrorKind::kIo, "XQ-IO-004", "Cannot write to standard output.", {},
                      "Check where it is redirected to."),
                false);
}

int run(const std::vector<std::string>& arguments) {
  const bool as_json = std::ranges::find(arguments, "--json") != arguments.end();
  try {
    return flushed(act(parse(arguments)));
  } catch (const Error& error) {
    return refuse(error, as_json);
  } catch (const std::bad_alloc&) {
    return refuse(Error(ErrorKind::kInternal, "XQ-INT-004", "There is not enough memory.", {},
                        "Use fewer threads, a smaller batch or a smaller input_shape."),
                  as_json);
  } catch (const std::exception& error) {
    return refuse(Error(ErrorKind::kInternal, "XQ-INT-000", error.what()), as_json);
  }
}

}  // namespace
}  // namespace xquant::cli

int main(int argc, char** argv) {
  std::signal(SIGINT, xquant::cli::on_interrupt);
  std::signal(SIGTERM, xquant::cli::on_interrupt);
  return xquant::cli::run(std::vector<std::string>(argv + 1, argv + argc));
}
