// RMSNormalization (Zhang & Sennrich 2019): y = x / sqrt(mean of x^2 + epsilon) * scale over the
// dimensions from axis on.

#include <cmath>

#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

class RmsNormalization final : public Kernel {
 public:
  explicit RmsNormalization(const Setup& setup)
      : axis_(setup.node.int_or("axis", -1)), epsilon_(setup.node.float_or("epsilon", 1e-5f)) {
    if (setup.node.int_or("stash_type", 1) != 1) {
      refuse("stash_type other than float is not supported.");
    }
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    require_type(in.required(1), x.type);
    normal_axis(axis_, x.rank());
    if (broadcast(x.shape, in[1].shape) != x.shape_copy())
      refuse("The scale does not fit the dimensions.");
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis, shape.rank);
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t row = 0; row < shape.product(0, axis); ++row) {
        const T* from = raw<T>(x) + row * inner;
        T* to = raw<T>(call.outputs[0]) + row * inner;
        double squares = 0;
        for (std::int64_t i = 0; i < inner; ++i) {
          squares += static_cast<double>(from[i]) * static_cast<double>(from[i]);
        }
        const double root =
            std::sqrt(squares / static_cast<double>(inner) + static_cast<double>(epsilon_));
        for (std::int64_t i = 0; i < inner; ++i) {
          to[i] = static_cast<T>(static_cast<double>(from[i]) / root);
        }
      }
      // The scale may also differ from row to row: PyTorch writes ones of the operand's shape.
      const MutableView& y = call.outputs[0];
      broadcast_apply<T, T>(y, call.inputs[1], y, [](T v, T scale) { return v * scale; });
    });
  }

 private:
  std::int64_t axis_;
  float epsilon_;
};

}  // namespace

std::unique_ptr<Kernel> rms_normalization(const Setup& setup) {
  return std::make_unique<RmsNormalization>(setup);
}

}  // namespace xquant::runtime::ops
