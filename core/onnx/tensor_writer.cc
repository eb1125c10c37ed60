#include "onnx/tensor_writer.h"

#include "onnx/proto.h"

namespace xquant::onnx {

Rope tensor_message(const Tensor& tensor, std::string_view name, std::string_view rest) {
  Rope rope;
  for (const std::int64_t dim : tensor.shape()) {
    rope.number(pb::TensorProto::kDimsFieldNumber, dim);
  }
  rope.number(pb::TensorProto::kDataTypeFieldNumber, static_cast<std::int64_t>(tensor.type()));
  rope.bytes_unless_empty(pb::TensorProto::kNameFieldNumber, name);
  if (tensor.type() == DataType::kString) {
    for (const std::string& text : tensor.string_data()) {
      rope.bytes(pb::TensorProto::kStringDataFieldNumber, text);
    }
  } else {
    const auto bytes = tensor.bytes();
    rope.borrowed_bytes(pb::TensorProto::kRawDataFieldNumber, {bytes.data(), bytes.size()});
  }
  rope.append(rest);
  return rope;
}

}  // namespace xquant::onnx
