#include "onnx/value_roles.h"

#include <utility>

#include "onnx/type_codec.h"

namespace xquant::onnx {
namespace {

using Infos = google::protobuf::RepeatedPtrField<pb::ValueInfoProto>;

const Infos& infos(const pb::GraphProto& graph, Role role) {
  if (role == Role::kInput) return graph.input();
  return role == Role::kOutput ? graph.output() : graph.value_info();
}

Infos& infos(pb::GraphProto& graph, Role role) {
  if (role == Role::kInput) return *graph.mutable_input();
  return role == Role::kOutput ? *graph.mutable_output() : *graph.mutable_value_info();
}

bool same_type(const ValueType& a, const ValueType& b) {
  return a.element == b.element && a.shape == b.shape && a.opaque == b.opaque;
}

// Numbers that are declared must be the tensor's; symbols and unknown dimensions may be anything.
bool contradicts(const ValueType& declared, const Tensor& tensor) {
  if (!declared.opaque.empty()) return true;
  if (declared.element != DataType::kUndefined && declared.element != tensor.type()) return true;
  if (!declared.shape) return false;
  if (declared.shape->size() != tensor.shape().size()) return true;
  for (std::size_t i = 0; i < tensor.shape().size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&(*declared.shape)[i]);
    if (number != nullptr && *number != tensor.shape()[i]) return true;
  }
  return false;
}

}  // namespace

void RoleReader::add_initializer(ValueId id, pb::TensorProto&& rest) {
  graph_.value(id).doc = std::move(*rest.mutable_doc_string());
  rest.clear_doc_string();
  Entry& entry = entries_[id];
  entry.needed = rest.ByteSizeLong() > 0;
  if (entry.needed) *entry.rest.add_initializer() = std::move(rest);
}

void RoleReader::add(ValueId id, Role role, pb::ValueInfoProto&& info) {
  const bool first = !entries_.contains(id);
  Entry& entry = entries_[id];
  Value& value = graph_.value(id);
  const Place place = context_.at_tensor(value.name);
  info.clear_name();

  const pb::TypeProto whole = info.type();
  const ValueType declared = take_type(*info.mutable_type(), place);
  const bool denoted = info.type().ByteSizeLong() > 0;
  if (value.constant && contradicts(declared, *value.constant)) {
    fail("022", "An initializer has another type or shape than the model declares for it.", place,
         "Remove the declaration or correct it.");
  }
  if (first) {
    value.type = declared;
    value.doc = std::move(*info.mutable_doc_string());
    info.clear_doc_string();
  } else if (denoted || !same_type(declared, value.type)) {
    *info.mutable_type() = whole;
  }
  if (info.type().ByteSizeLong() == 0) info.clear_type();

  const bool unexpected = role == Role::kValueInfo && (!first || same_type(declared, {}));
  entry.needed = entry.needed || unexpected || info.ByteSizeLong() > 0;
  *infos(entry.rest, role).Add() = std::move(info);
}

void RoleReader::store() {
  for (const auto& [id, entry] : entries_) {
    Value& value = graph_.value(id);
    const bool dangling = value.producer == NodeId::kNone && graph_.uses(id).empty();
    const bool only_declared = dangling && !value.constant && entry.rest.value_info_size() > 0;
    if (entry.needed || only_declared) value.opaque = entry.rest.SerializeAsString();
  }
}

StoredRoles::StoredRoles(const Value& value) : value_(value), empty_(value.opaque.empty()) {
  if (!empty_ && !rest_.ParseFromString(value.opaque)) {
    throw Error(ErrorKind::kInternal, "XQ-INT-010", "What was kept of a value cannot be read back.",
                {.tensor = value.name});
  }
}

std::string StoredRoles::initializer() const {
  return rest_.initializer_size() == 0 ? std::string() : rest_.initializer(0).SerializeAsString();
}

std::string StoredRoles::entry(Role role, int occurrence, bool is_first) const {
  pb::ValueInfoProto info;
  if (occurrence < infos(rest_, role).size()) info = infos(rest_, role)[occurrence];
  info.set_name(value_.name);
  if (is_first && !value_.doc.empty()) info.set_doc_string(value_.doc);
  pb::TypeProto type = info.type();
  if (!is_whole_type(type)) {
    merge_type(value_.constant ? type_of(*value_.constant) : value_.type, type);
  }
  info.clear_type();
  if (type.ByteSizeLong() > 0) *info.mutable_type() = std::move(type);
  return info.SerializeAsString();
}

}  // namespace xquant::onnx
