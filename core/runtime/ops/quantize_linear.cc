// QuantizeLinear and DequantizeLinear: for each tensor, along an axis, or in blocks of an axis
// (opset 21). 8-bit types with float scales go through core/int8, which defines the result; the
// others follow the same formula.

#include <algorithm>
#include <cmath>
#include <limits>

#include "int8/xq_int8.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// The tensor as [outer, channels, inner], of which `block` consecutive channels share a scale.
struct Granularity {
  std::int64_t outer = 1, channels = 1, inner = 1, block = 1;

  std::int64_t scale_count() const { return (channels + block - 1) / block; }
  /// Index of the scale of an element; in blocks, every (outer, inner) has scales of its own.
  std::int64_t scale_at(std::int64_t o, std::int64_t c, std::int64_t i) const {
    if (block == 1) return c;
    return (o * scale_count() + c / block) * inner + i;
  }
};

class LinearAttributes {
 public:
  explicit LinearAttributes(const Node& node)
      : axis_(node.int_or("axis", 1)), block_(node.int_or("block_size", 0)) {}

  Granularity at(const TensorView& x, const TensorView& scale) const {
    Granularity g;
    if (scale.size() == 1 && scale.rank() <= 1 && block_ == 0) {
      g.inner = x.size();
      return g;
    }
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    g = {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank),
         std::max<std::int64_t>(1, block_)};
    const std::int64_t wanted = block_ == 0 ? g.channels : g.outer * g.scale_count() * g.inner;
    if (scale.size() != wanted) refuse("scale does not fit the axis.");
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

/// Whether core/int8 does it: an 8-bit type, no blocks.
bool is_eight_bit(DataType type, const Granularity& g) {
  return bit_width(type) == 8 && g.block == 1;
}

/// The zero points of an 8-bit tensor widened into scratch memory, nullptr when there are none.
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
    const bool known = type == DataType::kInt8 || type == DataType::kUint8 ||
                       type == DataType::kInt16 || type == DataType::kUint16;
    if (!known) refuse("Quantizing to " + std::string(name(type)) + " is not supported.");
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
    if (is_eight_bit(y.type, g)) {
      const auto* zero_points = widened(zero, call.scratch);
      const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
      if (y.type == DataType::kInt8) {
        xq_quantize_axis_f32_s8(raw<float>(x), size(g.outer), size(g.channels), size(g.inner),
                                raw<float>(scale), zero_points, raw<std::int8_t>(y));
      } else {
        xq_quantize_axis_f32_u8(raw<float>(x), size(g.outer), size(g.channels), size(g.inner),
                                raw<float>(scale), zero_points, raw<std::uint8_t>(y));
      }
      return;
    }
    with_type(y.type, [&]<typename T>(T) {
      for_each_element(g, [&](std::int64_t i, std::int64_t s) {
        const T zero_point = zero.present() ? raw<T>(zero)[s] : T(0);
        raw<T>(y)[i] = quantized<T>(raw<float>(x)[i] / raw<float>(scale)[s], zero_point);
      });
    });
  }

 private:
  /// clamp(round half to even(ratio)) + zero point; NaN gives the zero point.
  template <typename T>
  static T quantized(float ratio, T zero_point) {
    const auto zero = static_cast<float>(zero_point);
    const float low = static_cast<float>(std::numeric_limits<T>::min()) - zero;
    const float high = static_cast<float>(std::numeric_limits<T>::max()) - zero;
    const float rounded = ratio == ratio ? std::nearbyint(ratio) : 0.0f;
    return static_cast<T>(static_cast<std::int64_t>(std::clamp(rounded, low, high)) +
                          static_cast<std::int64_t>(zero_point));
  }

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
    const bool known = x.type == DataType::kInt8 || x.type == DataType::kUint8 ||
                       x.type == DataType::kInt16 || x.type == DataType::kUint16 ||
                       x.type == DataType::kInt32;
    if (!known) refuse("Dequantizing " + std::string(name(x.type)) + " is not supported.");
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
    if (is_eight_bit(x.type, g)) {
      const auto* zero_points = widened(zero, call.scratch);
      const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
      if (x.type == DataType::kInt8) {
        xq_dequantize_axis_s8_f32(raw<std::int8_t>(x), size(g.outer), size(g.channels),
                                  size(g.inner), raw<float>(scale), zero_points, y);
      } else {
        xq_dequantize_axis_u8_f32(raw<std::uint8_t>(x), size(g.outer), size(g.channels),
                                  size(g.inner), raw<float>(scale), zero_points, y);
      }
      return;
    }
    with_type(x.type, [&]<typename T>(T) {
      for_each_element(g, [&](std::int64_t i, std::int64_t s) {
        const auto zero_point = zero.present() ? static_cast<std::int64_t>(raw<T>(zero)[s]) : 0;
        const auto difference = static_cast<std::int64_t>(raw<T>(x)[i]) - zero_point;
        y[i] = static_cast<float>(difference) * raw<float>(scale)[s];
      });
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
