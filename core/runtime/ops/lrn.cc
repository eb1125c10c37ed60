// LRN (Krizhevsky et al. 2012): y = x / (bias + alpha / size * sum of squares)^beta, where the sum
// runs over size channels around the element's.

#include <algorithm>

#include "runtime/math/math.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class Lrn final : public Kernel {
 public:
  explicit Lrn(const Setup& setup)
      : size_(setup.node.int_or("size", 0)),
        alpha_(setup.node.float_or("alpha", 1e-4f)),
        beta_(setup.node.float_or("beta", 0.75f)),
        bias_(setup.node.float_or("bias", 1.0f)) {
    if (size_ < 1) refuse("size has to be positive.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    if (in[0].rank() < 2) refuse("LRN takes [N, C, ...].");
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t inner = shape.product(2, shape.rank);
    for (std::int64_t plane = 0; plane < shape[0] * shape[1]; ++plane) {
      const std::int64_t c = plane % shape[1];
      const std::int64_t first = std::max<std::int64_t>(0, c - (size_ - 1) / 2);
      const std::int64_t last = std::min(shape[1] - 1, c + size_ / 2);
      const T* from = raw<T>(x) + plane * inner;
      T* to = raw<T>(call.outputs[0]) + plane * inner;
      for (std::int64_t i = 0; i < inner; ++i) {
        double squares = 0;
        for (std::int64_t k = first; k <= last; ++k) {
          const auto value = static_cast<double>(from[(k - c) * inner + i]);
          squares += value * value;
        }
        to[i] = static_cast<T>(static_cast<double>(bias_) +
                               static_cast<double>(alpha_) / static_cast<double>(size_) * squares);
      }
      divide_by_power(from, to, inner);
    }
  }

  /// to = from / to^beta.
  template <typename T>
  void divide_by_power(const T* from, T* to, std::int64_t n) const {
    constexpr std::int64_t kChunk = 256;
    T exponents[kChunk];
    std::fill_n(exponents, kChunk, static_cast<T>(beta_));
    for (std::int64_t i = 0; i < n; i += kChunk) {
      const std::int64_t count = std::min(kChunk, n - i);
      math::pow(to + i, exponents, to + i, static_cast<std::size_t>(count));
      for (std::int64_t k = i; k < i + count; ++k) to[k] = from[k] / to[k];
    }
  }

  std::int64_t size_;
  float alpha_, beta_, bias_;
};

}  // namespace

std::unique_ptr<Kernel> lrn(const Setup& setup) { return std::make_unique<Lrn>(setup); }

}  // namespace xquant::runtime::ops
