// ArgMax and ArgMin: indices along an axis.

#include <algorithm>
#include <functional>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// The index of the largest or smallest element along an axis, the first or the last of equals.
class ArgReduce final : public Kernel {
 public:
  enum class Kind { kMax, kMin };
  ArgReduce(const Setup& setup, Kind kind)
      : kind_(kind),
        axis_(setup.node.int_or("axis", 0)),
        keep_(setup.node.int_or("keepdims", 1) != 0),
        last_(setup.node.int_or("select_last_index", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    with_type(data.type, [](auto) {});
    const auto axis = static_cast<std::ptrdiff_t>(normal_axis(axis_, data.rank()));
    Shape shape = data.shape_copy();
    if (shape[static_cast<std::size_t>(axis)] == 0) refuse("The axis is empty.");
    shape[static_cast<std::size_t>(axis)] = 1;
    if (!keep_) shape.erase(shape.begin() + axis);
    return {{DataType::kInt64, shape}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const Dims shape(data.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis + 1, shape.rank);
    with_type(data.type, [&]<typename T>(T) {
      std::int64_t* out = raw<std::int64_t>(call.outputs[0]);
      for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
        const T* row = raw<T>(data) + i * shape[axis] * inner;
        for (std::int64_t j = 0; j < inner; j += kLanes, out += kLanes) {
          const std::int64_t count = std::min(kLanes, inner - j);
          find(row + j, shape[axis], inner, count, out);
          out -= kLanes - count;
        }
      }
    });
  }

 private:
  /// Neighbouring results that are searched together.
  static constexpr std::int64_t kLanes = 64;

  template <typename T>
  void find(const T* row, std::int64_t n, std::int64_t step, std::int64_t count,
            std::int64_t* out) const {
    if (kind_ == Kind::kMax) {
      last_ ? search(row, n, step, count, out, std::greater_equal<T>())
            : search(row, n, step, count, out, std::greater<T>());
    } else {
      last_ ? search(row, n, step, count, out, std::less_equal<T>())
            : search(row, n, step, count, out, std::less<T>());
    }
  }

  /// For each of count neighbours the index of an element that is better than all before it.
  template <typename T, typename Better>
  static void search(const T* row, std::int64_t n, std::int64_t step, std::int64_t count,
                     std::int64_t* out, Better better) {
    T champions[kLanes];
    std::copy_n(row, count, champions);
    std::fill_n(out, count, std::int64_t{0});
    for (std::int64_t i = 1; i < n; ++i) {
      const T* candidates = row + i * step;
      for (std::int64_t j = 0; j < count; ++j) {
        if (!better(candidates[j], champions[j])) continue;
        champions[j] = candidates[j];
        out[j] = i;
      }
    }
  }

  Kind kind_;
  std::int64_t axis_;
  bool keep_, last_;
};

}  // namespace

std::unique_ptr<Kernel> arg_max(const Setup& setup) {
  return std::make_unique<ArgReduce>(setup, ArgReduce::Kind::kMax);
}
std::unique_ptr<Kernel> arg_min(const Setup& setup) {
  return std::make_unique<ArgReduce>(setup, ArgReduce::Kind::kMin);
}

}  // namespace xquant::runtime::ops
