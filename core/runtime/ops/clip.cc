// Clip: bounds are attributes before opset 11, operands since.

#include <limits>

#include "runtime/activation/activation.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class Clip final : public Kernel {
 public:
  explicit Clip(const Setup& setup)
      : bounds_{setup.node.float_or("min", -3.4028234663852886e38f),
                setup.node.float_or("max", 3.4028234663852886e38f)},
        bounds_are_attributes_(setup.opset < 11),
        known_(bounds_are_attributes_ || read_constants(setup)) {}

  bool maps_floats() const override { return known_; }
  void map_floats(std::size_t, const float* x, float* y, std::size_t n) const override {
    activation::clip(bounds_.low, bounds_.high, x, y, n);
  }
  const Bounds* bounds() const override { return known_ ? &bounds_ : nullptr; }
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    if (bounds_are_attributes_) with_real_type(in.required(0).type, [](auto) {});
    for (const std::size_t bound : {std::size_t{1}, std::size_t{2}}) {
      if (in.has(bound) && (in[bound].type != in[0].type || in[bound].size() != 1)) {
        refuse("A bound of Clip has to be a scalar of the data's type.");
      }
    }
    return {same_type(in.required(0))};
  }

  void run(const Call& call) const override {
    const MutableView y = call.outputs[0];
    with_type(y.type, [&]<typename T>(T) {
      const bool has_low = bounds_are_attributes_ || call.inputs.has(1);
      const bool has_high = bounds_are_attributes_ || call.inputs.has(2);
      const T low = bound<T>(call.inputs[1], bounds_.low);
      const T high = bound<T>(call.inputs[2], bounds_.high);
      const T* x = raw<T>(call.inputs[0]);
      T* out = raw<T>(y);
      const std::int64_t n = y.size();
      if constexpr (std::is_same_v<T, float>) {
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        return activation::clip(has_low ? low : -kInfinity, has_high ? high : kInfinity, x, out,
                                static_cast<std::size_t>(n));
      }
      // min(max(x, low), high), as the standard says also for low > high; NaN stays.
      for (std::int64_t i = 0; i < n; ++i) {
        T value = x[i];
        if (has_low) value = value < low ? low : value;
        if (has_high) value = value > high ? high : value;
        out[i] = value;
      }
    });
  }

 private:
  /// Bounds that are float constants or absent become low_ and high_.
  bool read_constants(const Setup& setup) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const auto read = [&](std::size_t position, float absent, float& to) {
      const bool present =
          position < setup.node.inputs.size() && setup.node.inputs[position] != ValueId::kNone;
      const Tensor* tensor = setup.constant(position);
      if (present && (tensor == nullptr || tensor->type() != DataType::kFloat)) return false;
      if (present && tensor->size() != 1) return false;
      to = present ? tensor->data<float>()[0] : absent;
      return true;
    };
    return read(1, -kInfinity, bounds_.low) && read(2, kInfinity, bounds_.high);
  }

  template <typename T>
  static T bound(const TensorView& operand, float attribute) {
    if (operand.present()) return *raw<T>(operand);
    if constexpr (std::is_floating_point_v<T>) return static_cast<T>(attribute);
    return T(0);
  }

  Bounds bounds_;
  bool bounds_are_attributes_;
  bool known_;  ///< whether bounds_ are those of float data
};

}  // namespace

std::unique_ptr<Kernel> clip(const Setup& setup) { return std::make_unique<Clip>(setup); }

}  // namespace xquant::runtime::ops
