#include "int8/vectors/format.h"

#include <bit>
#include <cstring>
#include <iterator>
#include <string_view>

namespace xquant::int8 {
namespace {

// Numbers are copied as they lie in memory, here and in the tensors.
static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "XQVEC001";

void append(Bytes& file, const void* data, size_t bytes) {
  if (bytes == 0) return;
  const auto* from = static_cast<const uint8_t*>(data);
  file.insert(file.end(), from, from + bytes);
}

void append_u32(Bytes& file, size_t value) {
  const auto number = static_cast<uint32_t>(value);
  append(file, &number, sizeof(number));
}

void append_bytes(Bytes& file, const Bytes& bytes) {
  append_u32(file, bytes.size());
  append(file, bytes.data(), bytes.size());
}

// In the order of their numbers, from 1 on.
constexpr const char* kNames[] = {"quantize_f32_s8",
                                  "quantize_f32_u8",
                                  "dequantize_s8_f32",
                                  "dequantize_u8_f32",
                                  "requantize_s32_s8",
                                  "requantize_s32_u8",
                                  "gemm_s8_s32",
                                  "gemm_s8",
                                  "conv2d_s8_s32",
                                  "conv2d_s8",
                                  "quantize_axis",
                                  "dequantize_axis",
                                  "quantize_blocked",
                                  "dequantize_blocked",
                                  "requantize_fixed",
                                  "dynamic_quantize_f32_u8",
                                  "gemm",
                                  "matmul",
                                  "conv",
                                  "conv_transpose",
                                  "binary",
                                  "unary",
                                  "softmax",
                                  "log_softmax",
                                  "layer_norm",
                                  "rms_norm",
                                  "instance_norm",
                                  "max_pool",
                                  "average_pool",
                                  "reduce",
                                  "resize_nearest",
                                  "resize_linear",
                                  "concat",
                                  "move",
                                  "gather",
                                  "pad",
                                  "stage",
                                  "group_norm",
                                  "table",
                                  "expression",
                                  "lp_pool",
                                  "resize_separable",
                                  "hardmax",
                                  "scatter",
                                  "cumsum",
                                  "vector_norm",
                                  "lrn",
                                  "wide_table",
                                  "sample"};
static_assert(std::size(kNames) == static_cast<size_t>(Operator::kSample));

}  // namespace

const char* operator_name(Operator op) {
  const size_t at = static_cast<size_t>(op) - 1;
  return at < std::size(kNames) ? kNames[at] : "unknown operator";
}

VectorReader::VectorReader(const uint8_t* data, size_t size) : data_(data), size_(size) {
  char magic[8] = {};
  if (!take(magic, sizeof(magic)) || std::string_view(magic, sizeof(magic)) != kMagic ||
      !take_u32(remaining_)) {
    remaining_ = 0;
    error_ = "not a golden-vector file: it does not begin with " + std::string(kMagic);
  }
}

bool VectorReader::read(VectorCase& next) {
  if (!error_.empty()) return false;
  if (remaining_ == 0) {
    if (position_ != size_) error_ = "bytes after the last case";
    return false;
  }
  const size_t start = position_;
  if (!take_case(next)) {
    error_ = "the file ends within the case that begins at byte " + std::to_string(start);
    return false;
  }
  --remaining_;
  return true;
}

bool VectorReader::take(void* to, size_t bytes) {
  if (bytes > size_ - position_) return false;
  if (bytes > 0) std::memcpy(to, data_ + position_, bytes);
  position_ += bytes;
  return true;
}

bool VectorReader::take_u32(uint32_t& value) { return take(&value, sizeof(value)); }

bool VectorReader::take_bytes(Bytes& bytes) {
  uint32_t size = 0;
  if (!take_u32(size) || size > size_ - position_) return false;
  bytes.resize(size);
  return take(bytes.data(), size);
}

bool VectorReader::take_case(VectorCase& next) {
  uint32_t op = 0;
  Bytes name;
  uint32_t parameters = 0;
  if (!take_u32(op) || !take_bytes(name) || !take_u32(parameters)) return false;
  next.op = static_cast<Operator>(op);
  next.name.assign(name.begin(), name.end());
  if (parameters > (size_ - position_) / sizeof(int32_t)) return false;
  next.parameters.resize(parameters);
  if (!take(next.parameters.data(), parameters * sizeof(int32_t))) return false;
  uint32_t tensors = 0;
  if (!take_u32(tensors) || tensors == 0 || tensors > size_ - position_) return false;
  next.inputs.resize(tensors - 1);
  for (Bytes& input : next.inputs) {
    if (!take_bytes(input)) return false;
  }
  return take_bytes(next.expected);
}

Bytes write_vectors(const std::vector<VectorCase>& cases) {
  Bytes file(kMagic.begin(), kMagic.end());
  append_u32(file, cases.size());
  for (const VectorCase& c : cases) {
    append_u32(file, static_cast<uint32_t>(c.op));
    append_bytes(file, Bytes(c.name.begin(), c.name.end()));
    append_u32(file, c.parameters.size());
    append(file, c.parameters.data(), c.parameters.size() * sizeof(int32_t));
    append_u32(file, c.inputs.size() + 1);
    for (const Bytes& input : c.inputs) append_bytes(file, input);
    append_bytes(file, c.expected);
  }
  return file;
}

}  // namespace xquant::int8
