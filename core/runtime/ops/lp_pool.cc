// LpPool and GlobalLpPool: the p-th root of the sum of |x|^p over each window or plane, summed in
// double in row-major order.

#include <cmath>

#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/window_walk.h"

namespace xquant::runtime::ops {
namespace {

/// The norm that p names.
class Norm {
 public:
  explicit Norm(const Setup& setup) : p_(setup.node.int_or("p", 2)) {
    if (p_ < 1) refuse("p has to be positive.");
  }
  double term(double x) const { return integer_power(std::fabs(x), p_); }
  double root(double sum) const {
    if (p_ == 1) return sum;
    if (p_ == 2) return std::sqrt(sum);
    const double exponent = 1.0 / static_cast<double>(p_);
    double result = 0;
    math::pow(&sum, &exponent, &result, 1);
    return result;
  }

 private:
  std::int64_t p_;
};

class LpPool final : public Kernel {
 public:
  explicit LpPool(const Setup& setup) : norm_(setup), attributes_(setup.node) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    const Window w = attributes_.at(x.shape, {});
    return {{x.type, window_result(x.shape, x.shape[1], w)}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Window w = attributes_.at(x.shape, {});
    with_real_type(x.type, [&]<typename T>(T) {
      T* y = raw<T>(call.outputs[0]);
      for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
        const T* from = raw<T>(x) + plane * w.in_size();
        for_each_output(w, [&](const Window::Three& out) {
          double sum = 0;
          for_each_inside(w, out,
                          [&](std::int64_t i) { sum += norm_.term(static_cast<double>(from[i])); });
          *y++ = static_cast<T>(norm_.root(sum));
        });
      }
    });
  }

 private:
  Norm norm_;
  WindowAttributes attributes_;
};

class GlobalLpPool final : public Kernel {
 public:
  explicit GlobalLpPool(const Setup& setup) : norm_(setup) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    with_real_type(type.type, [](auto) {});
    if (type.shape.size() < 2) refuse("Global pooling takes [N, C, ...].");
    for (std::size_t d = 2; d < type.shape.size(); ++d) type.shape[d] = 1;
    return {type};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const std::int64_t planes = call.outputs[0].size();
    const std::int64_t size = planes == 0 ? 0 : x.size() / planes;
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t p = 0; p < planes; ++p) {
        const T* from = raw<T>(x) + p * size;
        double sum = 0;
        for (std::int64_t i = 0; i < size; ++i) sum += norm_.term(static_cast<double>(from[i]));
        raw<T>(call.outputs[0])[p] = static_cast<T>(norm_.root(sum));
      }
    });
  }

 private:
  Norm norm_;
};

}  // namespace

std::unique_ptr<Kernel> lp_pool(const Setup& setup) { return std::make_unique<LpPool>(setup); }
std::unique_ptr<Kernel> global_lp_pool(const Setup& setup) {
  return std::make_unique<GlobalLpPool>(setup);
}

}  // namespace xquant::runtime::ops
