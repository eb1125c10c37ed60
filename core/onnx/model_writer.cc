#include <string>
#include <utility>

#include "onnx/byte_stream.h"
#include "onnx/context.h"
#include "onnx/graph_writer.h"
#include "onnx/model_file.h"
#include "onnx/proto.h"
#include "onnx/rope.h"

namespace xquant::onnx {
namespace {

using ModelFields = pb::ModelProto;

Rope opset_message(const std::string& domain, std::int64_t version) {
  Rope rope;
  rope.bytes(pb::OperatorSetIdProto::kDomainFieldNumber, domain);
  rope.number(pb::OperatorSetIdProto::kVersionFieldNumber, version);
  return rope;
}

Rope entry_message(const std::string& key, const std::string& value) {
  Rope rope;
  rope.bytes(pb::StringStringEntryProto::kKeyFieldNumber, key);
  rope.bytes(pb::StringStringEntryProto::kValueFieldNumber, value);
  return rope;
}

// The IR version comes first: file type detectors look for its tag at offset 0.
Rope model_message(const Model& model) {
  Rope rope;
  rope.number(ModelFields::kIrVersionFieldNumber, model.ir_version);
  rope.bytes_unless_empty(ModelFields::kProducerNameFieldNumber, model.producer_name);
  rope.bytes_unless_empty(ModelFields::kProducerVersionFieldNumber, model.producer_version);
  rope.bytes_unless_empty(ModelFields::kDomainFieldNumber, model.domain);
  if (model.model_version != 0)
    rope.number(ModelFields::kModelVersionFieldNumber, model.model_version);
  rope.bytes_unless_empty(ModelFields::kDocStringFieldNumber, model.doc);
  rope.message(ModelFields::kGraphFieldNumber, graph_message(model.graph));
  for (const auto& [domain, version] : model.opset_imports) {
    rope.message(ModelFields::kOpsetImportFieldNumber, opset_message(domain, version));
  }
  for (const auto& [key, value] : model.metadata) {
    rope.message(ModelFields::kMetadataPropsFieldNumber, entry_message(key, value));
  }
  for (const std::string& function : model.functions) {
    rope.bytes(ModelFields::kFunctionsFieldNumber, function);
  }
  rope.append(model.opaque);
  if (rope.size() > kMaxFileBytes) {
    fail("024",
         "The model would have " + std::to_string(rope.size()) +
             " bytes; an ONNX file can have 2147483647 at most.",
         {}, "Use a smaller model.");
  }
  return rope;
}

}  // namespace

std::string serialize(const Model& model) {
  const Rope rope = model_message(model);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(rope.size()));
  rope.for_each_piece([&bytes](std::string_view piece) { bytes += piece; });
  return bytes;
}

void write(const Model& model, const std::function<void(std::string_view)>& sink) {
  model_message(model).for_each_piece(sink);
}

}  // namespace xquant::onnx
