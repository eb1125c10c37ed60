#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "quantize/calibrate/samples.h"
#include "report/isolated.h"
#include "report/metrics.h"
#include "runtime/program.h"

namespace xquant::report {

/// What each unit of the quantized model adds by itself: name of its result in the float model ->
/// its error when its operands are the float model's, on `count` samples spread evenly over the
/// calibration data. Deterministic for any number of threads.
std::map<std::string, ErrorSums> isolated_errors(const Isolated& isolated,
                                                 const runtime::OpsetImports& opset_imports,
                                                 quantize::Samples& samples, std::int64_t count);

}  // namespace xquant::report
