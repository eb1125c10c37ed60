// RMSNormalization (opset 23): x / sqrt(mean(x^2) + epsilon) * scale over all dimensions from axis
// on. Squares are summed in double, in memory order; the inverse root is rounded to float once.

#include <cmath>

#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

class RmsNormalization final : public Kernel {
 public:
  explicit RmsNormalization(const Setup& setup)
      : axis_(setup.node.int_or("axis", -1)), epsilon_(setup.node.float_or("epsilon", 1e-5f)) {
    if (setup.node.int_or("stash_type", 1) != 1)
      refuse("stash_type other than float is not supported.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    require_type(x, DataType::kFloat);
    require_type(in.required(1), DataType::kFloat);
    const std::size_t axis = normal_axis(axis_, x.rank());
    const Shape inner(x.shape.begin() + static_cast<std::ptrdiff_t>(axis), x.shape.end());
    if (broadcast(inner, in[1].shape) != inner)
      refuse("The scale does not fit the normalized dimensions.");
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis, shape.rank);
    const auto inner_shape = x.shape.subspan(axis);
    for (std::int64_t row = 0; row < shape.product(0, axis); ++row) {
      const float* from = raw<float>(x) + row * inner;
      float* to = raw<float>(call.outputs[0]) + row * inner;
      const float factor = inverse_root(from, inner);
      for (std::int64_t i = 0; i < inner; ++i) to[i] = from[i] * factor;
      const MutableView part{DataType::kFloat, inner_shape, to};
      broadcast_apply<float, float>(part, call.inputs[1], part,
                                    [](float v, float scale) { return v * scale; });
    }
  }

 private:
  float inverse_root(const float* x, std::int64_t n) const {
    double squares = 0;
    for (std::int64_t i = 0; i < n; ++i)
      squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    const double mean = squares / static_cast<double>(n);
    return static_cast<float>(1.0 / std::sqrt(mean + static_cast<double>(epsilon_)));
  }

  std::int64_t axis_;
  float epsilon_;
};

}  // namespace

std::unique_ptr<Kernel> rms_normalization(const Setup& setup) {
  return std::make_unique<RmsNormalization>(setup);
}

}  // namespace xquant::runtime::ops
