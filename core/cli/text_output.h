#pragma once

#include <string>

#include "pipeline/calibration_file.h"
#include "pipeline/pipeline.h"

namespace xquant::cli {

/// What a person reads at the end: where the model and report are, sizes, quality.
std::string text(const pipeline::Result& result);
std::string text(const pipeline::Inspection& inspection);
/// Of a calibration state that was stored at path.
std::string text(const pipeline::CalibrationFile& state, const std::string& path);

}  // namespace xquant::cli
