#pragma once

#include <cstdint>
#include <vector>

#include "base/files.h"
#include "base/monitor.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {

/// What a model answers for one sample.
struct Prediction {
  std::int64_t sample = 0;      ///< index in the data list
  std::vector<float> scores{};  ///< the first output, flattened
};

/// Runs a model, float or quantized, over the data that the configuration names, in the order of
/// the lists. Samples that cannot be read are left out and named in diagnostics. Throws Error as
/// quantize() does, and Error(kModel) when the first output is not float.
std::vector<Prediction> predict(const Job& job, Files& files, Monitor& monitor,
                                Diagnostics& diagnostics);

}  // namespace xquant::pipeline
