#include "pipeline/vectors/vectors.h"

#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "pipeline/vectors/c_initializer.h"
#include "pipeline/vectors/templates.h"

namespace xquant::pipeline {
namespace {

/// What a file may be called on any system; the manifest says which tensor it is.
std::string file_name(std::size_t number, const std::string& name) {
  std::string text = std::to_string(number);
  text.insert(0, text.size() < 3 ? 3 - text.size() : 0, '0');
  text += '_';
  constexpr std::size_t kLongest = 80;
  for (const char c : name.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.';
    text += plain ? c : '_';
  }
  return text + ".npy";
}

std::string shape_text(const Shape& shape, const char* after_single) {
  std::string text;
  for (const std::int64_t dim : shape) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return text + (shape.size() == 1 ? after_single : "");
}

/// NumPy's name of the element type.
std::string descr_of(DataType type) {
  switch (type) {
    case DataType::kFloat:
      return "<f4";
    case DataType::kDouble:
      return "<f8";
    case DataType::kInt8:
      return "|i1";
    case DataType::kUint8:
      return "|u1";
    case DataType::kInt16:
      return "<i2";
    case DataType::kUint16:
      return "<u2";
    case DataType::kInt32:
      return "<i4";
    case DataType::kInt64:
      return "<i8";
    case DataType::kBool:
      return "|b1";
    case DataType::kFloat16:
      return "<f2";
    default:
      return "|V" + std::to_string(byte_size(type, 1));
  }
}

/// NumPy's file format, version 1.0: header padded to a multiple of 64 bytes.
std::string npy(const Tensor& tensor) {
  std::string header = "{'descr': '" + descr_of(tensor.type()) +
                       "', 'fortran_order': False, 'shape': (" + shape_text(tensor.shape(), ",") +
                       "), }";
  constexpr std::size_t kPrefix = 10, kAligned = 64;
  const std::size_t padding = kAligned - (kPrefix + header.size() + 1) % kAligned;
  header += std::string(padding % kAligned, ' ') + "\n";
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xFFU);
  file += static_cast<char>(header.size() >> 8U);
  file += header;
  file.append(tensor.bytes().data(), tensor.bytes().size());
  return file;
}

template <typename T>
std::span<const char> bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

VectorWriter::VectorWriter(std::string model, const integer::Lowered& lowered)
    : model_(std::move(model)), lowered_(lowered) {}

std::string VectorWriter::add_npy(const std::string& folder, const std::string& name,
                                  const Tensor& tensor) {
  const std::string path = folder + "/" + file_name(entries_.size(), name);
  files_[path] = npy(tensor);
  entries_.push_back({path, name, std::string(xquant::name(tensor.type())),
                      "[" + shape_text(tensor.shape(), "") + "]",
                      sha256({tensor.bytes().data(), tensor.bytes().size()})});
  return path;
}

std::size_t VectorWriter::add_bytes(std::span<const char> bytes) {
  if (bytes.empty()) return StepOffsets::kNone;
  constexpr std::size_t kAlignment = 16;
  data_.resize((data_.size() + kAlignment - 1) / kAlignment * kAlignment, '\0');
  const std::size_t offset = data_.size();
  data_.append(bytes.data(), bytes.size());
  return offset;
}

std::size_t VectorWriter::add_tensor(const std::string& name, const Tensor& tensor) {
  const auto found = offsets_.find(name);
  if (found != offsets_.end()) return found->second;
  add_npy("tensors", name, tensor);
  return offsets_[name] = add_bytes(tensor.bytes());
}

void VectorWriter::add_island(const integer::Island& island, std::span<const Tensor> inputs,
                              const Tensor& output) {
  const integer::Replay replay = integer::replay_of(lowered_, island, inputs, output);
  const auto place = [&](const Tensor* tensor) {
    if (tensor == nullptr) return StepOffsets::kNone;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (tensor == &inputs[i]) return add_tensor(island.inputs[i], inputs[i]);
    }
    return add_bytes(tensor->bytes());
  };
  StepOffsets offsets;
  offsets.x = place(replay.x);
  if (replay.step.kind != integer::kernels::ReplayStep::Kind::kNormalization)
    offsets.second = place(replay.second);
  offsets.multipliers = add_bytes(bytes_of(replay.step.multipliers));
  offsets.bias = add_bytes(bytes_of(replay.step.bias));
  offsets.second_zero_points = add_bytes(bytes_of(replay.step.second_zero_points));
  offsets.gamma = add_bytes(bytes_of(replay.step.gamma));
  offsets.beta = add_bytes(bytes_of(replay.step.beta));
  std::vector<float> constants;
  for (const integer::Stage::Step& step : replay.step.stage.steps)
    constants.insert(constants.end(), step.constant.begin(), step.constant.end());
  offsets.stage_constants = add_bytes(bytes_of(constants));
  offsets.y = add_tensor(island.output, output);
  offsets.y_bytes = output.bytes().size();
  steps_.push_back(c_initializer(island.node, replay.step, offsets));
  step_names_.push_back(island.node);
}

std::string VectorWriter::manifest() const {
  std::string text = "{\n  \"model\": \"" + escaped(model_) +
                     "\",\n  \"hash\": \"SHA-256 of the elements\",\n  \"tensors\": [";
  const char* separator = "\n";
  for (const Entry& entry : entries_) {
    text += separator + std::string("    {\"file\": \"") + entry.file + "\", \"name\": \"" +
            escaped(entry.name) + "\", \"type\": \"" + entry.type +
            "\", \"shape\": " + entry.shape + ", \"hash\": \"" + entry.hash + "\"}";
    separator = ",\n";
  }
  text += "\n  ],\n  \"steps\": [";
  separator = "\n";
  for (const std::string& name : step_names_) {
    text += separator + std::string("    \"") + escaped(name) + "\"";
    separator = ",\n";
  }
  return text + "\n  ]\n}\n";
}

std::map<std::string, std::string> VectorWriter::finish() {
  std::string header(vector_header());
  const std::string mark = "@MODEL@";
  header.replace(header.find(mark), mark.size(), path::filename(model_));
  header += "#define XQV_DATA_SIZE " + std::to_string(data_.size()) + "\n#define XQV_STEPS " +
            std::to_string(steps_.size()) + "\n\nstatic const xqv_step xqv_steps[] = {\n";
  for (const std::string& step : steps_) header += "    " + step + ",\n";
  files_["vectors.h"] = header + "};\n\n#endif\n";
  files_["vectors.bin"] = data_;
  files_["replay.c"] = std::string(replay_program());
  files_["manifest.json"] = manifest();
  return std::move(files_);
}

}  // namespace xquant::pipeline
