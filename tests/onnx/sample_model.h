#pragma once

#include <string>

#include "graph/graph.h"
#include "onnx/onnx-ml.pb.h"

namespace xquant::onnx {

/// y = If(c, then: Neg(Relu(x + w)), else: Abs(Relu(x + w))), with descriptions, metadata,
/// annotations and a function: a little of everything that a file can hold. Made with protobuf's
/// own classes.
::onnx::ModelProto sample_model();

/// y = Identity(w), to which tests add what they need.
::onnx::ModelProto identity_of(const ::onnx::TensorProto& tensor);

/// A float tensor "w" of shape [2] with the values 1 and 2.
::onnx::TensorProto small_tensor();

/// Reads bytes that are not from a file.
Model parse_bytes(const std::string& bytes);
Model parse_proto(const ::onnx::ModelProto& proto);

/// The code of the error with which the model is refused; "" when it is not.
std::string refusal_of(const std::string& bytes);
std::string refusal_of(const ::onnx::ModelProto& proto);

}  // namespace xquant::onnx
