#include "conformance/case_files.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "onnx/model_file.h"

namespace xquant::conformance {
namespace {

/// A length-delimited protobuf field.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  std::size_t length = bytes.size();
  for (; length >= 128; length >>= 7) out += static_cast<char>((length & 127) | 128);
  out += static_cast<char>(length);
  return out + bytes;
}

/// Reads a serialized TensorProto as the only initializer of a model made around it; a name given
/// last wins.
Tensor parse_tensor(const std::string& proto, const std::string& path) {
  const std::string initializer = field(5, proto + field(8, "tensor"));
  const std::string graph = field(2, "graph") + initializer;
  const std::string opset = std::string("\x10\x0d", 2);  // version: 13
  const std::string model =
      std::string("\x08\x08", 2) + field(7, graph) + field(8, opset);  // ir_version: 8
  const auto source = memory_source(model);
  const Model parsed = onnx::parse(*source, path, nullptr, "");
  return parsed.graph.value(parsed.graph.find_value("tensor")).constant.value();
}

std::string data_set_folder(const Case& test_case, int data_set) {
  return test_case.folder + "/test_data_set_" + std::to_string(data_set);
}

}  // namespace

std::vector<Case> list_cases(const std::string& folder) {
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (std::filesystem::exists(path + "/model.onnx"))
      cases.push_back({entry.path().filename().string(), path});
  }
  std::ranges::sort(cases, {}, &Case::name);
  return cases;
}

Model load_model(const Case& test_case) {
  DiskFiles files;
  return onnx::load(test_case.folder + "/model.onnx", files, onnx::Functions::kInline);
}

int count_data_sets(const Case& test_case) {
  int count = 0;
  while (std::filesystem::exists(data_set_folder(test_case, count))) ++count;
  return count;
}

std::vector<Tensor> load_tensors(const Case& test_case, int data_set, const std::string& kind) {
  DiskFiles files;
  std::vector<Tensor> tensors;
  for (;;) {
    const std::string path = data_set_folder(test_case, data_set) + "/" + kind + "_" +
                             std::to_string(tensors.size()) + ".pb";
    if (!files.exists(path)) return tensors;
    tensors.push_back(parse_tensor(files.read(path), path));
  }
}

}  // namespace xquant::conformance
