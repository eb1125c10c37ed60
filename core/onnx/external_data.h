#pragma once

#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Reads the external data of every tensor of the model, also inside subgraphs, functions, sparse
/// tensors and training graphs, into the tensor's raw_data. A location must stay inside the model's
/// folder.
void inline_external_data(pb::ModelProto& model, const Context& context);

}  // namespace xquant::onnx
