#include "onnx/external_data.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "onnx/tensor_reader.h"

namespace xquant::onnx {
namespace {

struct Location {
  std::string path;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

// Any "..", also one that would come back, is refused: with symbolic links "a/../b" need not be
// "b".
bool stays_inside(std::string_view path) {
  if (path.empty() || path::is_absolute(path)) return false;
  if (path.find('\0') != std::string_view::npos || path.find(':') == 1) return false;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of("/\\"), path.size());
    if (path.substr(0, end) == "..") return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

std::uint64_t parse_number(const std::string& key, const std::string& text, const Place& place) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("019",
         "The " + key + " of a tensor's external data is '" + text + "', not a number of bytes.",
         place, "Save the model again with the onnx Python package.");
  }
  return value;
}

Location location_of(const pb::TensorProto& tensor, const Place& place) {
  Location location;
  for (const pb::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") location.path = entry.value();
    if (entry.key() == "offset") location.offset = parse_number("offset", entry.value(), place);
    if (entry.key() == "length") location.length = parse_number("length", entry.value(), place);
  }
  if (!stays_inside(location.path)) {
    fail("017",
         "A tensor's external data is said to be in '" + location.path +
             "', which is not a path inside the model's folder.",
         place, "Only files beside the model or in folders below it are read.");
  }
  return location;
}

class DataInliner {
 public:
  explicit DataInliner(const Context& context) : context_(context) {}

  void visit(pb::ModelProto& model) {
    visit(*model.mutable_graph());
    for (pb::TrainingInfoProto& training : *model.mutable_training_info()) {
      if (training.has_initialization()) visit(*training.mutable_initialization());
      if (training.has_algorithm()) visit(*training.mutable_algorithm());
    }
    for (pb::FunctionProto& function : *model.mutable_functions()) {
      for (pb::NodeProto& node : *function.mutable_node()) visit(node);
      for (pb::AttributeProto& attribute : *function.mutable_attribute_proto()) visit(attribute);
    }
  }

 private:
  void visit(pb::GraphProto& graph) {
    for (pb::TensorProto& tensor : *graph.mutable_initializer()) visit(tensor);
    for (pb::SparseTensorProto& tensor : *graph.mutable_sparse_initializer()) visit(tensor);
    for (pb::NodeProto& node : *graph.mutable_node()) visit(node);
  }

  void visit(pb::NodeProto& node) {
    for (pb::AttributeProto& attribute : *node.mutable_attribute()) visit(attribute);
  }

  void visit(pb::AttributeProto& attribute) {
    if (attribute.has_t()) visit(*attribute.mutable_t());
    if (attribute.has_g()) visit(*attribute.mutable_g());
    if (attribute.has_sparse_tensor()) visit(*attribute.mutable_sparse_tensor());
    for (pb::TensorProto& tensor : *attribute.mutable_tensors()) visit(tensor);
    for (pb::GraphProto& graph : *attribute.mutable_graphs()) visit(graph);
    for (pb::SparseTensorProto& tensor : *attribute.mutable_sparse_tensors()) visit(tensor);
  }

  void visit(pb::SparseTensorProto& tensor) {
    if (tensor.has_values()) visit(*tensor.mutable_values());
    if (tensor.has_indices()) visit(*tensor.mutable_indices());
  }

  void visit(pb::TensorProto& tensor) {
    if (tensor.data_location() != pb::TensorProto::EXTERNAL) return;
    const Place place = context_.at_tensor(tensor.name());
    const Location location = location_of(tensor, place);
    const std::uint64_t needed = packed_bytes(tensor, place);
    if (location.length && *location.length != needed) {
      fail("019",
           "A tensor needs " + std::to_string(needed) +
               " bytes, but its external data is said to have " + std::to_string(*location.length) +
               ".",
           place, "Save the model again with the onnx Python package.");
    }
    ByteSource& source = open(location.path, place);
    if (location.offset > source.size() || needed > source.size() - location.offset) {
      fail("019",
           "The external data file '" + location.path + "' has " + std::to_string(source.size()) +
               " bytes; a tensor's " + std::to_string(needed) + " bytes from offset " +
               std::to_string(location.offset) + " are not in it.",
           place, "The file is cut off or belongs to another model; copy it again.");
    }
    std::string bytes(static_cast<std::size_t>(needed), '\0');
    source.read(location.offset, bytes);
    tensor.set_raw_data(std::move(bytes));
    tensor.clear_external_data();
    tensor.clear_data_location();
  }

  ByteSource& open(const std::string& location, const Place& place) {
    std::unique_ptr<ByteSource>& source = sources_[location];
    if (source) return *source;
    const std::string path = path::join(context_.folder, location);
    if (context_.files == nullptr || !context_.files->exists(path)) {
      fail("018", "The model keeps weights in the file '" + location + "', which is missing.",
           place, "Put it beside the model.");
    }
    source = context_.files->open(path);
    return *source;
  }

  const Context& context_;
  std::map<std::string, std::unique_ptr<ByteSource>> sources_;
};

}  // namespace

void inline_external_data(pb::ModelProto& model, const Context& context) {
  DataInliner(context).visit(model);
}

}  // namespace xquant::onnx
