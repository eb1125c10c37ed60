// LpNormalization: x divided by its norm along an axis, p = 1 or 2. A norm of zero gives NaN, as
// the standard's cases have it.

#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class LpNormalization final : public Kernel {
 public:
  explicit LpNormalization(const Setup& setup)
      : axis_(setup.node.int_or("axis", -1)), p_(setup.node.int_or("p", 2)) {
    if (p_ != 1 && p_ != 2) refuse("p has to be 1 or 2.");
  }
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    normal_axis(axis_, in[0].rank());
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis + 1, shape.rank);
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
        for (std::int64_t j = 0; j < inner; ++j) {
          const std::int64_t first = i * shape[axis] * inner + j;
          normalize(raw<T>(x) + first, raw<T>(call.outputs[0]) + first, shape[axis], inner);
        }
      }
    });
  }

 private:
  template <typename T>
  void normalize(const T* x, T* y, std::int64_t count, std::int64_t step) const {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(x[i * step]);
      sum += p_ == 1 ? std::fabs(value) : value * value;
    }
    const double norm = p_ == 1 ? sum : std::sqrt(sum);
    for (std::int64_t i = 0; i < count; ++i) {
      y[i * step] = static_cast<T>(static_cast<double>(x[i * step]) / norm);
    }
  }

  std::int64_t axis_, p_;
};

}  // namespace

std::unique_ptr<Kernel> lp_normalization(const Setup& setup) {
  return std::make_unique<LpNormalization>(setup);
}

}  // namespace xquant::runtime::ops
