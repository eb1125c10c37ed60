#include <map>
#include <memory>
#include <string>
#include <utility>

#include "onnx/byte_stream.h"
#include "onnx/context.h"
#include "onnx/external_data.h"
#include "onnx/function_inliner.h"
#include "onnx/graph_reader.h"
#include "onnx/model_file.h"
#include "onnx/proto.h"

namespace xquant::onnx {
namespace {

std::string range(std::int64_t oldest, std::int64_t newest) {
  return std::to_string(oldest) + " to " + std::to_string(newest);
}

void check_ir_version(const pb::ModelProto& proto, const Context& context) {
  const std::int64_t version = proto.ir_version();
  if (proto.has_ir_version() && version >= kOldestIr && version <= kNewestIr) return;
  fail("008",
       "The model has IR version " + std::to_string(version) + "; versions " +
           range(kOldestIr, kNewestIr) + " are supported.",
       context.place(),
       version > kNewestIr ? "Export it for an older version of ONNX."
                           : "Export it again with a current tool.");
}

std::map<std::string, std::int64_t> take_opset_imports(pb::ModelProto& proto,
                                                       const Context& context) {
  std::map<std::string, std::int64_t> imports;
  for (pb::OperatorSetIdProto& entry : *proto.mutable_opset_import()) {
    const auto [existing, added] =
        imports.emplace(canonical_domain(std::move(*entry.mutable_domain())), entry.version());
    if (!added && existing->second != entry.version()) {
      fail("025",
           "The model imports the versions " + std::to_string(existing->second) + " and " +
               std::to_string(entry.version()) + " of the operator set '" + existing->first + "'.",
           context.place(), "Export the model again.");
    }
  }
  if (imports.empty()) {
    fail("010", "The model does not say which operator sets it uses.", context.place(),
         "The file may be cut off; export the model again.");
  }
  return imports;
}

void check_opset(const std::map<std::string, std::int64_t>& imports, const Context& context) {
  const auto found = imports.find("");
  if (found == imports.end()) return;
  const std::int64_t version = found->second;
  if (version >= kOldestOpset && version <= kNewestOpset) return;
  fail("009",
       "The model uses opset " + std::to_string(version) + " of ai.onnx; opsets " +
           range(kOldestOpset, kNewestOpset) + " are supported.",
       context.place(),
       version > kNewestOpset
           ? "Export it with an older opset."
           : "Convert it with onnx.version_converter or export it with a newer opset.");
}

void take_descriptions(pb::ModelProto& proto, Model& model) {
  model.ir_version = proto.ir_version();
  model.producer_name = std::move(*proto.mutable_producer_name());
  model.producer_version = std::move(*proto.mutable_producer_version());
  model.domain = std::move(*proto.mutable_domain());
  model.model_version = proto.model_version();
  model.doc = std::move(*proto.mutable_doc_string());
  for (pb::StringStringEntryProto& entry : *proto.mutable_metadata_props()) {
    model.metadata.emplace_back(std::move(*entry.mutable_key()), std::move(*entry.mutable_value()));
  }
  for (const pb::FunctionProto& function : proto.functions()) {
    model.functions.push_back(function.SerializeAsString());
  }
}

void clear_modelled_fields(pb::ModelProto& proto) {
  proto.clear_ir_version();
  proto.clear_opset_import();
  proto.clear_producer_name();
  proto.clear_producer_version();
  proto.clear_domain();
  proto.clear_model_version();
  proto.clear_doc_string();
  proto.clear_graph();
  proto.clear_metadata_props();
  proto.clear_functions();
}

Model take_model(pb::ModelProto& proto, const Context& context, Functions functions) {
  check_ir_version(proto, context);
  if (functions == Functions::kInline) inline_functions(proto, context);
  Model model;
  model.opset_imports = take_opset_imports(proto, context);
  check_opset(model.opset_imports, context);
  if (!proto.has_graph()) {
    fail("007", "The model has no graph.", context.place(),
         "The file may be cut off; export it again.");
  }
  inline_external_data(proto, context);
  take_descriptions(proto, model);
  model.graph = take_graph(*proto.mutable_graph(), context);
  clear_modelled_fields(proto);
  model.opaque = proto.SerializeAsString();
  return model;
}

}  // namespace

Model load(const std::string& path, Files& files, Functions functions) {
  const std::unique_ptr<ByteSource> source = files.open(path);
  return parse(*source, path, &files, path::parent(path), functions);
}

Model parse(ByteSource& source, const std::string& display_name, Files* files,
            const std::string& folder, Functions functions) {
  const Context context{.file = display_name, .files = files, .folder = folder};
  pb::ModelProto proto = parse_proto(source, context);
  Model model = take_model(proto, context, functions);
  check(model, display_name);
  return model;
}

}  // namespace xquant::onnx
