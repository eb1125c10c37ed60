#pragma once

#include <memory>

#include "runtime/kernel.h"

namespace xquant::runtime::ops {

/// QuantizeLinear and the DequantizeLinear that alone reads its result, as one element-wise
/// function: the codes stay in a few cache lines. nullptr unless both have one 8-bit mapping for
/// the whole tensor that is known.
std::unique_ptr<Kernel> round_trip(const Setup& quantize, const Setup& dequantize);

}  // namespace xquant::runtime::ops
