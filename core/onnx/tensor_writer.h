#pragma once

#include <string_view>

#include "graph/tensor.h"
#include "onnx/rope.h"

namespace xquant::onnx {

/// A TensorProto with raw_data (string_data for strings), followed by the serialized rest that
/// take_tensor left. Refers to the tensor's bytes.
Rope tensor_message(const Tensor& tensor, std::string_view name, std::string_view rest);

}  // namespace xquant::onnx
