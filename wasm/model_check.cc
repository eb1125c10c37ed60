#include "model_check.h"

#include "cli/check_output.h"
#include "config/parse.h"
#include "pipeline/check.h"

namespace xquant::wasm {

CheckValue check_model(const CheckRequest& request, const Host& host) {
  HostFiles files(host);
  HostMonitor monitor(host);
  Diagnostics notes;
  pipeline::CheckJob job{.model_path = request.modelPath,
                         .float_path = request.floatPath,
                         .data_lists = emscripten::vecFromJSArray<std::string>(request.dataLists),
                         .random_samples = request.samples,
                         .seed = static_cast<std::uint64_t>(request.seed),
                         .threads = request.threads};
  if (request.vectors) job.vectors = pipeline::CheckJob::Vectors::kOfFirstSample;
  job.vectors_folder = request.vectorsFolder;
  if (!request.configText.empty()) {
    job.config =
        config::parse(request.configText, request.configFile, notes, {.strict = request.strict});
  }
  pipeline::CheckReport report = pipeline::check(job, files, monitor);
  report.diagnostics.insert(report.diagnostics.begin(), notes.items().begin(), notes.items().end());
  CheckValue value{.passed = report.passed(),
                   .text = cli::text(report),
                   .json = cli::json(report),
                   .diagnostics = to_values(report.diagnostics)};
  for (const auto& [path, bytes] : report.vectors)
    value.vectors.call<void>("push", VectorFileValue{path, copy_bytes(bytes)});
  return value;
}

}  // namespace xquant::wasm
