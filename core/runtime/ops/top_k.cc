// TopK: the k largest or smallest elements of each row along an axis, and their indices. Among
// equals the lower index comes first; NaN counts as larger than every number. Results are always
// sorted, which the attribute sorted = 0 allows too.

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

template <typename T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return a == a;
  }
  return a < b;
}

class TopK final : public Kernel {
 public:
  explicit TopK(const Setup& setup)
      : axis_(setup.node.int_or("axis", -1)),
        largest_(setup.node.int_or("largest", 1) != 0),
        k_(setup.opset < 10 ? setup.node.int_or("k", -1) : -1) {}

  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType values = same_type(in.required(0));
    with_type(values.type, [](auto) {});
    const std::size_t axis = normal_axis(axis_, values.shape.size());
    const std::int64_t k = k_ >= 0 ? k_ : integer(in.required(1));
    if (k < 0 || k > values.shape[axis]) {
      refuse("k is " + std::to_string(k) + " for an axis of " + std::to_string(values.shape[axis]) +
             " elements.");
    }
    values.shape[axis] = k;
    return {values, {DataType::kInt64, values.shape}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const auto length = in[0].shape[normal_axis(axis_, in[0].rank())];
    return static_cast<std::size_t>(length) * sizeof(std::int64_t);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    with_type(x.type, [&]<typename T>(T) {
      const std::int64_t k = call.outputs[0].shape.empty() ? 1 : k_of(call, axis);
      const std::int64_t inner = shape.product(axis + 1, shape.rank);
      for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
        for (std::int64_t j = 0; j < inner; ++j) {
          const T* row = raw<T>(x) + i * shape[axis] * inner + j;
          const std::int64_t* order = select(row, shape[axis], inner, k, call.scratch);
          for (std::int64_t r = 0; r < k; ++r) {
            const std::int64_t to = (i * k + r) * inner + j;
            store<T>(call, 0, to, row[order[r] * inner]);
            store<std::int64_t>(call, 1, to, order[r]);
          }
        }
      }
    });
  }

 private:
  static std::int64_t k_of(const Call& call, std::size_t axis) {
    const std::size_t named = call.outputs[0].data != nullptr ? 0 : 1;
    return call.outputs[named].shape[axis];
  }

  template <typename T>
  static void store(const Call& call, std::size_t output, std::int64_t at, T value) {
    if (output < call.outputs.size() && call.outputs[output].data != nullptr) {
      raw<T>(call.outputs[output])[at] = value;
    }
  }

  /// Indices of the first k elements in order.
  template <typename T>
  const std::int64_t* select(const T* row, std::int64_t count, std::int64_t step, std::int64_t k,
                             std::span<std::byte> scratch) const {
    auto* order = reinterpret_cast<std::int64_t*>(scratch.data());
    for (std::int64_t i = 0; i < count; ++i) order[i] = i;
    std::partial_sort(order, order + k, order + count, [&](std::int64_t a, std::int64_t b) {
      const T left = row[a * step], right = row[b * step];
      const bool first = largest_ ? before(right, left) : before(left, right);
      const bool second = largest_ ? before(left, right) : before(right, left);
      return first || (!second && a < b);
    });
    return order;
  }

  std::int64_t axis_;
  bool largest_;
  std::int64_t k_;  ///< -1: operand 1
};

}  // namespace

std::unique_ptr<Kernel> top_k(const Setup& setup) { return std::make_unique<TopK>(setup); }

}  // namespace xquant::runtime::ops
