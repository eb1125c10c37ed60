#pragma once

#include <cstddef>

#include "base/diagnostics.h"
#include "graph/graph.h"

namespace xquant::emit {

/// Turns the float biases of int8 Conv, ConvTranspose and Gemm nodes of an emitted graph into int32
/// constants behind a DequantizeLinear, at the scale of the products: input scale times weight
/// scale, multiplied in float as ONNX Runtime does, zero point 0. A bias stays float, and is named
/// in the diagnostics, when a sum of products could overflow int32 with it, or when it has a factor
/// (alpha, beta of Gemm). Returns how many were turned.
std::size_t quantize_biases(Graph& graph, Diagnostics& diagnostics);

}  // namespace xquant::emit
