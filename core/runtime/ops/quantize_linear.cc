// QuantizeLinear and DequantizeLinear: for each tensor, along an axis, or in blocks of an axis
// (opset 21). core/int8 defines the results; int32 with a zero point, which it does not know,
// follows the same formula.

#include <algorithm>
#include <cmath>
#include <optional>

#include "int8/xq_int8.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"
#include "runtime/ops/library_type.h"

namespace xquant::runtime::ops {
namespace {

/// The tensor as [outer, channels, inner]: a scale for each channel, or, where `block` is not 0,
/// for `block` consecutive channels of every (outer, inner).
struct Granularity {
  std::int64_t outer = 1, channels = 1, inner = 1, block = 0;

  /// Of the channels; the last one may be smaller. No sum: block may be as large as its type.
  std::int64_t blocks() const { return channels / block + (channels % block != 0 ? 1 : 0); }
  std::int64_t scale_count() const { return block == 0 ? channels : outer * blocks() * inner; }
  std::int64_t scale_at(std::int64_t o, std::int64_t c, std::int64_t i) const {
    if (block == 0) return c;
    return (o * blocks() + c / block) * inner + i;
  }
};

class LinearAttributes {
 public:
  explicit LinearAttributes(const Node& node)
      : axis_(node.int_or("axis", 1)), block_(node.int_or("block_size", 0)) {
    if (block_ < 0) refuse("block_size is negative.");
  }

  Granularity at(const TensorView& x, const TensorView& scale) const {
    Granularity g;
    if (scale.size() == 1 && scale.rank() <= 1 && block_ == 0) {
      g.inner = x.size();
      return g;
    }
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    g = {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank), block_};
    if (scale.size() != g.scale_count()) refuse("scale does not fit the axis.");
    return g;
  }

 private:
  std::int64_t axis_, block_;
};

/// core/int8 takes nothing else; checked in every run, because scales may be computed.
void require_scales(const TensorView& scale, const TensorView& zero_point) {
  require_type(scale, DataType::kFloat);
  for (const float s : scale.as<float>()) {
    if (!(s > 0.0f) || std::isinf(s)) refuse("A scale has to be a positive finite number.");
  }
  if (zero_point.present() && zero_point.size() != scale.size())
    refuse("Scale and zero point differ in size.");
}

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// The zero points widened into scratch memory, nullptr when there are none.
const std::int32_t* widened(const TensorView& zero_point, std::span<std::byte> scratch) {
  if (!zero_point.present()) return nullptr;
  auto* wide = reinterpret_cast<std::int32_t*>(scratch.data());
  for (std::int64_t i = 0; i < zero_point.size(); ++i) {
    wide[i] = static_cast<std::int32_t>(number(zero_point, static_cast<std::size_t>(i)));
  }
  return wide;
}

std::size_t widened_bytes(const TensorView& scale) {
  return static_cast<std::size_t>(scale.size()) * sizeof(std::int32_t);
}

/// Calls element(index, scale index) in memory order.
template <typename Function>
void for_each_element(const Granularity& g, Function&& element) {
  std::int64_t at = 0;
  for (std::int64_t o = 0; o < g.outer; ++o) {
    for (std::int64_t c = 0; c < g.channels; ++c) {
      for (std::int64_t i = 0; i < g.inner; ++i, ++at) element(at, g.scale_at(o, c, i));
    }
  }
}

class QuantizeLinear final : public Kernel {
 public:
  explicit QuantizeLinear(const Setup& setup)
      : attributes_(setup.node),
        type_(static_cast<DataType>(setup.node.int_or("output_dtype", 0))) {
    if (setup.node.int_or("precision", 1) != 1)
      refuse("precision other than float is not supported.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    require_type(in.required(0), DataType::kFloat);
    in.required(1);
    attributes_.at(in[0], in[1]);
    DataType type = type_ == DataType::kUndefined ? DataType::kUint8 : type_;
    if (in.has(2)) type = in[2].type;
    if (!library_type(type))
      refuse("Quantizing to " + std::string(name(type)) + " is not supported.");
    return {{type, in[0].shape_copy()}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return widened_bytes(in[1]);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0], scale = call.inputs[1], zero = call.inputs[2];
    const MutableView y = call.outputs[0];
    require_scales(scale, zero);
    const Granularity g = attributes_.at(x, scale);
    const xq_type type = *library_type(y.type);
    const auto* zero_points = widened(zero, call.scratch);
    if (g.block == 0) {
      xq_quantize_axis(raw<float>(x), size(g.outer), size(g.channels), size(g.inner),
                       raw<float>(scale), zero_points, type, y.data);
    } else {
      xq_quantize_blocked(raw<float>(x), size(g.outer), size(g.channels), size(g.inner),
                          size(g.block), raw<float>(scale), zero_points, type, y.data);
    }
  }

 private:
  LinearAttributes attributes_;
  DataType type_;
};

class DequantizeLinear final : public Kernel {
 public:
  explicit DequantizeLinear(const Setup& setup) : attributes_(setup.node) {
    if (setup.node.int_or("output_dtype", 1) > 1)
      refuse("Dequantizing to another type than float is not supported.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    in.required(1);
    if (in.has(2) && in[2].type != x.type) refuse("The zero point has another type than the data.");
    attributes_.at(x, in[1]);
    if (!library_type(x.type) && x.type != DataType::kInt32)
      refuse("Dequantizing " + std::string(name(x.type)) + " is not supported.");
    return {{DataType::kFloat, x.shape_copy()}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return widened_bytes(in[1]);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0], scale = call.inputs[1], zero = call.inputs[2];
    float* y = raw<float>(call.outputs[0]);
    require_scales(scale, zero);
    const Granularity g = attributes_.at(x, scale);
    if (const auto type = library_type(x.type)) {
      const auto* zero_points = widened(zero, call.scratch);
      if (g.block == 0) {
        xq_dequantize_axis(x.data, size(g.outer), size(g.channels), size(g.inner),
                           raw<float>(scale), zero_points, *type, y);
      } else {
        xq_dequantize_blocked(x.data, size(g.outer), size(g.channels), size(g.inner), size(g.block),
                              raw<float>(scale), zero_points, *type, y);
      }
      return;
    }
    const auto* q = raw<std::int32_t>(x);
    for_each_element(g, [&](std::int64_t i, std::int64_t s) {
      const std::int64_t zero_point = zero.present() ? raw<std::int32_t>(zero)[s] : 0;
      y[i] = static_cast<float>(q[i] - zero_point) * raw<float>(scale)[s];
    });
  }

 private:
  LinearAttributes attributes_;
};

}  // namespace

std::unique_ptr<Kernel> quantize_linear(const Setup& setup) {
  return std::make_unique<QuantizeLinear>(setup);
}
std::unique_ptr<Kernel> dequantize_linear(const Setup& setup) {
  return std::make_unique<DequantizeLinear>(setup);
}

}  // namespace xquant::runtime::ops
