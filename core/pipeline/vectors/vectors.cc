#include "pipeline/vectors/vectors.h"

#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "integer/linear.h"
#include "integer/movement.h"
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

VectorWriter::VectorWriter(std::string model, const integer::Lowered& lowered,
                           const runtime::OpsetImports& opsets)
    : model_(std::move(model)), lowered_(lowered), opsets_(opsets) {}

std::string VectorWriter::add_npy(const std::string& folder, const std::string& name,
                                  const Tensor& tensor) {
  const std::string path = folder + "/" + file_name(entries_.size(), name);
  files_[path] = npy(tensor);
  entries_.push_back({path, name, std::string(xquant::name(tensor.type())),
                      "[" + shape_text(tensor.shape(), "") + "]",
                      sha256({tensor.bytes().data(), tensor.bytes().size()}),
                      integer::is_coded(tensor.type())});
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

void VectorWriter::add_steps(const Values& value, const std::set<std::string>& in_float) {
  std::map<std::string, const integer::Island*> islands;
  for (const integer::Island& island : lowered_.islands) islands[island.output] = &island;
  for (const NodeId id : lowered_.graph.topological_order()) {
    const Node& node = lowered_.graph.node(id);
    if (node.outputs.empty() || node.output(0) == ValueId::kNone) continue;
    const auto found = islands.find(lowered_.graph.value(node.output(0)).name);
    if (in_float.contains(lowered_.graph.value(node.output(0)).name)) continue;
    if (found != islands.end())
      add_island(*found->second, value);
    else if (integer::is_movement(node) || node.is("QuantizeLinear"))
      add_movement(node, value);
  }
}

StepOffsets VectorWriter::offsets_of(const integer::kernels::ReplayStep& step) {
  StepOffsets offsets;
  offsets.multipliers = add_bytes(bytes_of(step.multipliers));
  offsets.bias =
      step.is_wide ? add_bytes(bytes_of(step.wide_bias)) : add_bytes(bytes_of(step.bias));
  offsets.second_zero_points = add_bytes(bytes_of(step.second_zero_points));
  offsets.gamma = add_bytes(bytes_of(step.gamma));
  offsets.beta = add_bytes(bytes_of(step.beta));
  std::vector<float> constants;
  for (const integer::Stage::Step& part : step.stage.steps)
    constants.insert(constants.end(), part.constant.begin(), part.constant.end());
  offsets.stage_constants = add_bytes(bytes_of(constants));
  return offsets;
}

void VectorWriter::add_step(const std::string& node, const integer::kernels::ReplayStep& step,
                            StepOffsets offsets, const std::string& output, const Tensor& result) {
  offsets.y = add_tensor(output, result);
  offsets.y_bytes = result.bytes().size();
  steps_.push_back(c_initializer(node, step, offsets));
  step_names_.push_back(node);
  computed_.insert(output);
}

void VectorWriter::add_island(const integer::Island& island, const Values& value) {
  std::vector<Tensor> inputs;
  for (const std::string& name : island.inputs) inputs.push_back(value(name));
  const Tensor& output = value(island.output);
  const integer::Replay replay = integer::replay_of(lowered_, island, inputs, output);
  if (replay.step.in_float) return;
  const auto place = [&](const Tensor* tensor) {
    if (tensor == nullptr) return StepOffsets::kNone;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (tensor == &inputs[i]) return add_tensor(island.inputs[i], inputs[i]);
    }
    return add_bytes(tensor->bytes());
  };
  StepOffsets offsets = offsets_of(replay.step);
  using Kind = integer::kernels::ReplayStep::Kind;
  std::vector<std::int64_t> table = replay.step.table;
  for (const Tensor* operand : replay.operands)
    table.push_back(static_cast<std::int64_t>(place(operand)));
  offsets.table = add_bytes(bytes_of(table));
  offsets.table_count = table.size();
  if (replay.step.kind != Kind::kExpression) offsets.x = place(replay.x);
  if (replay.step.kind != Kind::kExpression && replay.step.kind != Kind::kNormalization)
    offsets.second = place(replay.second);
  add_step(island.node, replay.step, offsets, island.output, output);
}

void VectorWriter::add_movement(const Node& node, const Values& value) {
  const Graph& graph = lowered_.graph;
  std::vector<const Tensor*> inputs;
  for (const ValueId input : node.inputs) {
    const Tensor* constant = input == ValueId::kNone ? nullptr : graph.constant(input);
    inputs.push_back(constant);
    if (input != ValueId::kNone && constant == nullptr)
      inputs.back() = &value(graph.value(input).name);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == ValueId::kNone) continue;
    const auto replay = integer::replay_of_movement(graph, node, opsets_, inputs, i);
    if (!replay) continue;
    const auto place = [&](const Tensor* tensor) {
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        if (tensor != inputs[k]) continue;
        if (graph.constant(node.inputs[k]) == nullptr)
          return add_tensor(graph.value(node.inputs[k]).name, *tensor);
      }
      return add_bytes(tensor->bytes());
    };
    StepOffsets offsets = offsets_of(replay->step);
    offsets.x = place(replay->operands[0]);
    if (replay->step.kind == integer::kernels::ReplayStep::Kind::kScatter)
      offsets.second = place(replay->operands[1]);
    std::vector<std::int64_t> table = replay->step.table;
    if (replay->step.kind == integer::kernels::ReplayStep::Kind::kConcat) {
      table.clear();
      for (std::size_t k = 0; k < replay->operands.size(); ++k) {
        table.push_back(static_cast<std::int64_t>(place(replay->operands[k])));
        table.push_back(replay->step.table[k]);
      }
    }
    offsets.table = add_bytes(bytes_of(table));
    offsets.table_count = table.size();
    const std::string& output = graph.value(node.outputs[i]).name;
    add_step(node.name, replay->step, offsets, output, value(output));
  }
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
  text += "\n  ],\n  \"loaded\": [";
  separator = "";
  for (const Entry& entry : entries_) {
    if (!entry.is_coded || !entry.file.starts_with("tensors/") || computed_.contains(entry.name))
      continue;
    text += separator + ("\"" + escaped(entry.name) + "\"");
    separator = ", ";
  }
  return text + "]\n}\n";
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
