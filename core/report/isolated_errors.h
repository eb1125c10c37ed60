#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "quantize/samples.h"
#include "report/isolated.h"
#include "report/metrics.h"
#include "runtime/program.h"

namespace xquant::report {

/// Samples that isolated errors are measured on at most, spread evenly over the calibration data:
/// two passes' worth of operators run for each of them, and an operator's own error varies little
/// from sample to sample.
inline constexpr std::int64_t kIsolatedSamples = 16;

/// What each unit of the quantized model adds by itself: name of its result in the float model ->
/// its error when its operands are the float model's. Deterministic for any number of threads.
std::map<std::string, ErrorSums> isolated_errors(const Isolated& isolated,
                                                 const runtime::OpsetImports& opset_imports,
                                                 quantize::Samples& samples);

}  // namespace xquant::report
