// GlobalAveragePool and GlobalMaxPool. Sums are made in double, in memory order, and rounded once.

#include <algorithm>
#include <limits>

#include "runtime/ops/common.h"

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
      for (std::int64_t p = 0; p < planes; p += kPlanes) {
        const std::int64_t count = std::min(kPlanes, planes - p);
        const T* from = raw<T>(x) + p * size;
        if (kind_ == Kind::kAverage && count == kPlanes) {
          average_planes(from, size, y + p);
          continue;
        }
        for (std::int64_t i = 0; i < count; ++i) {
          const T* plane = from + i * size;
          y[p + i] = kind_ == Kind::kMax ? largest(plane, size) : average(plane, size);
        }
      }
    });
  }

 private:
  /// So many sums at a time, which do not wait for each other.
  static constexpr std::int64_t kPlanes = 8;

  template <typename T>
  static void average_planes(const T* from, std::int64_t size, T* y) {
    double sums[kPlanes] = {};
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t p = 0; p < kPlanes; ++p) {
        sums[p] += static_cast<double>(from[p * size + i]);
      }
    }
    for (std::int64_t p = 0; p < kPlanes; ++p) {
      y[p] = static_cast<T>(sums[p] / static_cast<double>(size));
    }
  }
  template <typename T>
  static T average(const T* from, std::int64_t size) {
    double sum = 0;
    for (std::int64_t i = 0; i < size; ++i) sum += static_cast<double>(from[i]);
    return static_cast<T>(sum / static_cast<double>(size));
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
