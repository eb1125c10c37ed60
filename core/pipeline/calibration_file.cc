#include "pipeline/calibration_file.h"

#include <utility>

#include "base/cancellation.h"
#include "pipeline/float_model.h"
#include "pipeline/guarded_files.h"
#include "pipeline/naming_file.h"
#include "pipeline/observations.h"

namespace xquant::pipeline {

CalibrationFile collect_calibration(const Job& job, Files& files, Monitor& monitor) {
  const CancellationScope scope(monitor);
  ThreadPool pool(job.threads);
  Diagnostics diagnostics;
  GuardedFiles inputs(files, {job.output_path});
  const Context context{job, inputs, monitor, pool, diagnostics};
  const std::string path = resolve_model(job, files);
  refuse_overwriting_inputs(job.output_path, path, job, files);
  const quantize::CalibrationState state = naming_file(path, [&] {
    const FloatModel source = load_float_model(path, context);
    quantize::Samples samples = open_samples(source, context);
    samples.restrict_to(job.shard);
    return run_for_state(source, samples, context);
  });
  monitor.step({"done", 1, 1});
  return {quantize::serialize(state),
          static_cast<std::int64_t>(state.samples.size()),
          {diagnostics.items().begin(), diagnostics.items().end()}};
}

CalibrationFile merge_calibrations(std::span<const std::string> paths, const std::string& output,
                                   Files& files) {
  GuardedFiles inputs(files, {output});
  const auto read = [&](const std::string& path) {
    if (inputs.exists(path)) return quantize::parse_calibration_state(inputs.read(path), path);
    throw Error(ErrorKind::kUsage, "XQ-CLI-013", "The calibration state does not exist.",
                {.file = path}, "Make it with xquant calibrate -c cfg.json -o state.xqcal.");
  };
  quantize::CalibrationState merged = read(paths[0]);
  for (const std::string& path : paths.subspan(1)) {
    try {
      merged = quantize::merge(merged, read(path));
    } catch (const Error& error) {
      if (error.code() != "XQ-CAL-012") throw;
      throw Error(error.kind(), error.code(), error.message(), {.file = path}, error.fix());
    }
  }
  return {quantize::serialize(merged), static_cast<std::int64_t>(merged.samples.size()), {}};
}

}  // namespace xquant::pipeline
