#include "runtime/ops/round_trip.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "int8/xq_int8.h"
#include "runtime/activation/activation.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

struct Mapping {
  DataType type = DataType::kUint8;
  float scale = 1.0f;
  std::int32_t zero_point = 0;

  bool operator==(const Mapping&) const = default;
};

/// The one known mapping of a whole tensor to 8-bit codes.
std::optional<Mapping> mapping_of(const Setup& setup) {
  const Node& node = setup.node;
  if (node.has("output_dtype") || node.int_or("block_size", 0) != 0) return std::nullopt;
  if (node.int_or("precision", 1) != 1) return std::nullopt;
  const Tensor* scale = setup.constant(1);
  const Tensor* zero = setup.constant(2);
  if (scale == nullptr || scale->type() != DataType::kFloat || !scale->shape().empty())
    return std::nullopt;
  Mapping mapping{.scale = scale->data<float>()[0]};
  if (!(mapping.scale > 0.0f) || std::isinf(mapping.scale)) return std::nullopt;
  if (node.input(2) == ValueId::kNone) return mapping;
  if (zero == nullptr || !zero->shape().empty()) return std::nullopt;
  if (zero->type() != DataType::kInt8 && zero->type() != DataType::kUint8) return std::nullopt;
  mapping.type = zero->type();
  mapping.zero_point = static_cast<std::int32_t>(number(view_of(*zero)));
  return mapping;
}

class RoundTrip final : public Kernel {
 public:
  RoundTrip(const Mapping& to, const Mapping& from) : to_(to), from_(from) {}

  bool may_overwrite_operands() const override { return true; }
  bool maps_floats() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    require_type(in.required(0), DataType::kFloat);
    return {same_type(in[0])};
  }
  bool stays_float(std::size_t) const override { return true; }

  void run(const Call& call) const override {
    map_floats(0, raw<float>(call.inputs[0]), raw<float>(call.outputs[0]),
               static_cast<std::size_t>(call.outputs[0].size()));
  }

  void map_floats(std::size_t, const float* x, float* y, std::size_t n) const override {
    if (to_ == from_) {
      const int lowest = to_.type == DataType::kInt8 ? -128 : 0;
      activation::round_trip(to_.scale, lowest - to_.zero_point, lowest + 255 - to_.zero_point, x,
                             y, n);
      return;
    }
    constexpr std::size_t kChunk = 1024;
    for (std::size_t i = 0; i < n; i += kChunk) {
      const std::size_t count = std::min(kChunk, n - i);
      if (to_.type == DataType::kInt8) {
        std::int8_t codes[kChunk];
        xq_quantize_f32_s8(x + i, count, to_.scale, to_.zero_point, codes);
        xq_dequantize_s8_f32(codes, count, from_.scale, from_.zero_point, y + i);
      } else {
        std::uint8_t codes[kChunk];
        xq_quantize_f32_u8(x + i, count, to_.scale, to_.zero_point, codes);
        xq_dequantize_u8_f32(codes, count, from_.scale, from_.zero_point, y + i);
      }
    }
  }

 private:
  Mapping to_, from_;
};

}  // namespace

std::unique_ptr<Kernel> round_trip(const Setup& quantize, const Setup& dequantize) {
  const auto to = mapping_of(quantize), from = mapping_of(dequantize);
  if (!to || !from || to->type != from->type) return nullptr;
  return std::make_unique<RoundTrip>(*to, *from);
}

}  // namespace xquant::runtime::ops
