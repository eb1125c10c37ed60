#pragma once

#include <cstdint>

#include "graph/tensor.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Bytes of the tensor's elements when densely packed, 0 for strings. Throws when its type or
/// dimensions are not possible; place is where the tensor is.
std::uint64_t packed_bytes(const pb::TensorProto& proto, const Place& place);

/// Moves the elements out of proto, whichever field they are in, and clears all fields that Tensor
/// models (type, dimensions, data); name, documentation and metadata stay. External data must be
/// inside already.
Tensor take_tensor(pb::TensorProto& proto, const Place& place);

}  // namespace xquant::onnx
