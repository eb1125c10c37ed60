#include "onnx/type_codec.h"

#include <utility>

namespace xquant::onnx {
namespace {

Dim take_dim(pb::TensorShapeProto::Dimension& proto) {
  Dim dim = std::string();
  if (proto.has_dim_param()) dim = std::move(*proto.mutable_dim_param());
  if (proto.has_dim_value() && proto.dim_value() >= 0) dim = proto.dim_value();
  proto.clear_value();
  return dim;
}

ValueType take_tensor_type(pb::TypeProto::Tensor& proto, const Place& place) {
  ValueType type{.element = static_cast<DataType>(proto.elem_type())};
  if (proto.elem_type() != 0 && xquant::name(type.element) == xquant::name(DataType::kUndefined)) {
    fail("016",
         "A value is declared with the unknown element type " + std::to_string(proto.elem_type()) +
             ".",
         place, "ONNX defines the types 1 to 26.");
  }
  proto.clear_elem_type();
  if (!proto.has_shape()) return type;
  type.shape.emplace();
  bool denoted = false;
  for (pb::TensorShapeProto::Dimension& dim : *proto.mutable_shape()->mutable_dim()) {
    type.shape->push_back(take_dim(dim));
    denoted = denoted || dim.ByteSizeLong() > 0;
  }
  if (!denoted) proto.clear_shape();
  return type;
}

void set_dim(const Dim& dim, pb::TensorShapeProto::Dimension& proto) {
  if (const auto* number = std::get_if<std::int64_t>(&dim)) proto.set_dim_value(*number);
  const auto* symbol = std::get_if<std::string>(&dim);
  if (symbol != nullptr && !symbol->empty()) proto.set_dim_param(*symbol);
}

}  // namespace

ValueType take_type(pb::TypeProto& proto, const Place& place) {
  if (!proto.has_tensor_type()) {
    ValueType type;
    if (proto.value_case() != pb::TypeProto::VALUE_NOT_SET) {
      type.opaque = proto.SerializeAsString();
      proto.Clear();
    }
    return type;
  }
  ValueType type = take_tensor_type(*proto.mutable_tensor_type(), place);
  if (proto.tensor_type().ByteSizeLong() == 0) proto.clear_tensor_type();
  return type;
}

void merge_type(const ValueType& type, pb::TypeProto& rest) {
  if (!type.opaque.empty()) rest.MergeFromString(type.opaque);
  if (type.element != DataType::kUndefined) {
    rest.mutable_tensor_type()->set_elem_type(static_cast<std::int32_t>(type.element));
  }
  if (!type.shape) return;
  const auto rank = static_cast<int>(type.shape->size());
  pb::TensorShapeProto& shape = *rest.mutable_tensor_type()->mutable_shape();
  if (shape.dim_size() != rank) shape.clear_dim();
  for (int i = 0; i < rank; ++i) {
    set_dim((*type.shape)[static_cast<std::size_t>(i)],
            i < shape.dim_size() ? *shape.mutable_dim(i) : *shape.add_dim());
  }
}

bool is_whole_type(const pb::TypeProto& proto) {
  if (proto.has_tensor_type()) return proto.tensor_type().elem_type() != 0;
  return proto.value_case() != pb::TypeProto::VALUE_NOT_SET;
}

ValueType type_of(const Tensor& tensor) {
  ValueType type{.element = tensor.type(), .shape = DeclaredShape{}};
  for (const std::int64_t dim : tensor.shape()) type.shape->emplace_back(dim);
  return type;
}

}  // namespace xquant::onnx
