#pragma once

#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Replaces every call of a model-local function by the function's nodes, also inside subgraphs and
/// in the functions' own bodies, and drops the functions. Values and nodes of a body get names of
/// their own; attributes that refer to one of the function take the call's value or the default.
/// Throws XQ-ONX-027 when a function calls itself, or wants another version of an operator set than
/// the model imports.
void inline_functions(pb::ModelProto& model, const Context& context);

}  // namespace xquant::onnx
