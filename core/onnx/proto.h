#pragma once

#include "onnx/onnx-ml.pb.h"

/// Private to this folder: the classes that protoc made of the official onnx-ml.proto.
namespace xquant::onnx {
namespace pb = ::onnx;
}
