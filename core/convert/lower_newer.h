#pragma once

#include <cstddef>

#include "graph/graph.h"

namespace xquant::convert {

/// Simplification recognises normalizations and activations at any opset and holds them as one node
/// (LayerNormalization, RMSNormalization, Gelu, HardSwish). Where the model's ai.onnx version is
/// older than the operator, this writes it in operators that the version has, in the form that
/// PyTorch exports and runtimes recognise. The opset stays what it was. Returns how many nodes were
/// written anew. Throws Error(kModel) naming the node whose normalized dimensions are not counted
/// from the end.
std::size_t lower_newer_operators(Model& model);

}  // namespace xquant::convert
