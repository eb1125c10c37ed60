#pragma once

#include <cstdint>

#include "quantize/subject.h"

namespace xquant::quantize {

/// Multiplications of Conv, ConvTranspose, Gemm and MatMul for one sample.
double multiplications(const Subject& subject);

/// How many samples a pass of the float model may take for that many multiplications, at least
/// fewest (or all there are), at most `most`.
std::int64_t affordable_samples(const Subject& subject, double work, std::int64_t fewest,
                                std::int64_t most);

}  // namespace xquant::quantize
