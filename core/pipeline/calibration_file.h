#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/files.h"
#include "base/monitor.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {

/// A `.xqcal` file: what a pass over the calibration data leaves, for quantize() with
/// Job::calibration_path. See quantize/state/calibration_state.h.
struct CalibrationFile {
  std::string bytes;
  std::int64_t samples = 0;  ///< that it is of
  std::vector<Diagnostic> diagnostics{};
};

/// Runs the float model over the job's samples, or its shard of them. Throws Error as quantize()
/// does.
CalibrationFile collect_calibration(const Job& job, Files& files, Monitor& monitor);

/// The files of shards as one, equal to that of one pass over all of them. Throws Error(kData) with
/// the reason when they do not belong together, and Error(kUsage) when output, where the result
/// will be written ("" = nowhere), is one of them.
CalibrationFile merge_calibrations(std::span<const std::string> paths, const std::string& output,
                                   Files& files);

}  // namespace xquant::pipeline
