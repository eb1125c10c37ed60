#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "graph/graph.h"

namespace xquant::convert {

/// Shapes of values by name, as a run of the model produced them. Only ranks are taken from it:
/// dimensions may be symbolic.
using KnownShapes = std::map<std::string, Shape>;

/// Raises the model's ai.onnx version to `opset` (at most 13), rewriting operators whose signature
/// changed on the way: Squeeze, Unsqueeze, ReduceSum (axes become an operand), Split (sizes), Clip
/// (bounds), Pad, Dropout, Softmax family (axis semantics; flattened and reshaped back where they
/// differ), Upsample, Slice, TopK, BatchNormalization. The IR version follows. Does nothing when
/// the model is there already. Throws Error(kModel) naming the node whose operator cannot be
/// carried over exactly; the model is then unchanged.
void raise_opset(Model& model, std::int64_t opset, const KnownShapes& shapes);

/// Lowest IR version that the ONNX release table pairs with an ai.onnx version.
std::int64_t ir_version_for(std::int64_t opset);

}  // namespace xquant::convert
