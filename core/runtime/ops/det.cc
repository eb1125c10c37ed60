// Det: determinants of a batch of square matrices, by elimination with partial pivoting in double.

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// Overwrites the n x n matrix.
double determinant(double* m, std::int64_t n) {
  double result = 1;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t pivot = k;
    for (std::int64_t i = k + 1; i < n; ++i) {
      if (std::fabs(m[i * n + k]) > std::fabs(m[pivot * n + k])) pivot = i;
    }
    if (m[pivot * n + k] == 0) return 0;
    if (pivot != k) {
      std::swap_ranges(m + k * n, m + (k + 1) * n, m + pivot * n);
      result = -result;
    }
    result *= m[k * n + k];
    for (std::int64_t i = k + 1; i < n; ++i) {
      const double factor = m[i * n + k] / m[k * n + k];
      for (std::int64_t j = k + 1; j < n; ++j) m[i * n + j] -= factor * m[k * n + j];
    }
  }
  return result;
}

class Det final : public Kernel {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    const std::size_t rank = x.rank();
    if (rank < 2 || x.shape[rank - 1] != x.shape[rank - 2]) refuse("Det takes square matrices.");
    return {{x.type, Shape(x.shape.begin(), x.shape.end() - 2)}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const auto n = static_cast<std::size_t>(in[0].shape.back());
    return n * n * sizeof(double);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const std::int64_t n = x.shape.back();
    auto* matrix = reinterpret_cast<double*>(call.scratch.data());
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t i = 0; i < call.outputs[0].size(); ++i) {
        std::copy_n(raw<T>(x) + i * n * n, n * n, matrix);
        raw<T>(call.outputs[0])[i] = static_cast<T>(determinant(matrix, n));
      }
    });
  }
};

}  // namespace

std::unique_ptr<Kernel> det(const Setup&) { return std::make_unique<Det>(); }

}  // namespace xquant::runtime::ops
