// GlobalAveragePool and GlobalMaxPool. Sums are made in double, in memory order, and rounded once.

#include <limits>

#include "runtime/ops/common.h"
#include "runtime/row_sums.h"

namespace xquant::runtime::ops {
namespace {

/// The mean or the largest element of every plane.
class GlobalPool final : public Kernel {
 public:
  enum class Kind { kAverage, kMax };
  explicit GlobalPool(Kind kind) : kind_(kind) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    if (in[0].rank() < 2) refuse("Global pooling takes [N, C, ...].");
    Shape shape(in[0].rank(), 1);
    shape[0] = in[0].shape[0], shape[1] = in[0].shape[1];
    return {{in[0].type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const std::int64_t planes = x.shape[0] * x.shape[1];
    const std::int64_t size = planes == 0 ? 0 : x.size() / planes;
    with_real_type(x.type, [&]<typename T>(T) {
      T* y = raw<T>(call.outputs[0]);
      if (kind_ == Kind::kAverage) return average(raw<T>(x), planes, size, y);
      for (std::int64_t p = 0; p < planes; ++p) y[p] = largest(raw<T>(x) + p * size, size);
    });
  }

 private:
  template <typename T>
  static void average(const T* x, std::int64_t planes, std::int64_t size, T* y) {
    const auto n = static_cast<std::size_t>(size);
    for_each_row_group(static_cast<std::size_t>(planes), [&](std::size_t first, std::size_t count) {
      double sums[kSumRows];
      sum_rows(x + first * n, count, n, sums);
      for (std::size_t r = 0; r < count; ++r) {
        y[first + r] = static_cast<T>(sums[r] / static_cast<double>(size));
      }
    });
  }
  template <typename T>
  static T largest(const T* from, std::int64_t size) {
    T best = -std::numeric_limits<T>::infinity();
    for (std::int64_t i = 0; i < size; ++i) {
      if (from[i] > best || from[i] != from[i]) best = from[i];
    }
    return best;
  }

  Kind kind_;
};

}  // namespace

std::unique_ptr<Kernel> global_average_pool(const Setup&) {
  return std::make_unique<GlobalPool>(GlobalPool::Kind::kAverage);
}
std::unique_ptr<Kernel> global_max_pool(const Setup&) {
  return std::make_unique<GlobalPool>(GlobalPool::Kind::kMax);
}

}  // namespace xquant::runtime::ops
