#pragma once

#include <cstdint>
#include <vector>

#include "data/calibration_set.h"
#include "data/input_plan.h"

namespace xquant::data {

/// The tensor of one input from its files, in the type of the model; files.size() of them are
/// concatenated along the first axis. Throws Error(kData) naming every file that cannot be used.
Tensor decode_input(const InputPlan& plan, const std::vector<CalibrationSet::RawFile>& files);

/// The tensor of zeros for an input without data. Throws Error(kConfig) when its shape is not
/// known.
Tensor zeros(const InputPlan& plan, std::int64_t batch, const config::Config& config);

/// One error for all files of a sample that failed: rethrows a single one, joins the texts of
/// several.
[[noreturn]] void fail(const std::vector<Error>& errors);

}  // namespace xquant::data
