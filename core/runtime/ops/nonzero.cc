// NonZero: the indices of the elements that are not zero, [rank, count], in row-major order.

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class NonZero final : public Kernel {
 public:
  std::vector<std::size_t> shape_operands() const override { return {0}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    std::int64_t count = 0;
    with_type(x.type, [&]<typename T>(T) {
      for (const T value : x.as<T>()) count += value != T(0) ? 1 : 0;
    });
    return {{DataType::kInt64, {static_cast<std::int64_t>(shape_of(x).rank), count}}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape = shape_of(x);
    const std::int64_t count = call.outputs[0].shape[1];
    with_type(x.type, [&]<typename T>(T) {
      Walk<1> walk(shape);
      std::int64_t* out = raw<std::int64_t>(call.outputs[0]);
      for (const T value : x.as<T>()) {
        if (value != T(0)) {
          for (std::size_t d = 0; d < shape.rank; ++d) {
            out[static_cast<std::int64_t>(d) * count] = walk.index()[d];
          }
          ++out;
        }
        walk.next();
      }
    });
  }

 private:
  /// A scalar counts as a vector of one element.
  static Dims shape_of(const TensorView& x) { return x.rank() == 0 ? Dims(1, 1) : Dims(x.shape); }
};

}  // namespace

std::unique_ptr<Kernel> nonzero(const Setup&) { return std::make_unique<NonZero>(); }

}  // namespace xquant::runtime::ops
