// CumSum: running sums along an axis. Floats are summed in double; each result is rounded once.

#include <type_traits>

#include "runtime/ops/arithmetic.h"
#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class CumSum final : public Kernel {
 public:
  explicit CumSum(const Setup& setup)
      : exclusive_(setup.node.int_or("exclusive", 0) != 0),
        reverse_(setup.node.int_or("reverse", 0) != 0) {}
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    require_index(in.required(1));
    if (in[1].size() != 1) refuse("axis has to be one number.");
    if (in.required(0).rank() == 0) refuse("CumSum takes tensors of rank 1 or more.");
    with_type(in[0].type, [](auto) {});
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const auto rank = static_cast<std::int64_t>(shape.rank);
    const auto axis = static_cast<std::size_t>(index_at(call.inputs[1], 0, rank));
    const std::int64_t inner = shape.product(axis + 1, shape.rank);
    with_type(x.type, [&]<typename T>(T) {
      for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
        for (std::int64_t j = 0; j < inner; ++j) {
          const std::int64_t first = i * shape[axis] * inner + j;
          accumulate(raw<T>(x) + first, raw<T>(call.outputs[0]) + first, shape[axis], inner);
        }
      }
    });
  }

 private:
  template <typename T>
  void accumulate(const T* x, T* y, std::int64_t count, std::int64_t step) const {
    std::conditional_t<std::is_floating_point_v<T>, double, T> sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at = (reverse_ ? count - 1 - i : i) * step;
      const T value = x[at];
      if (exclusive_) y[at] = static_cast<T>(sum);
      sum = add(sum, static_cast<decltype(sum)>(value));
      if (!exclusive_) y[at] = static_cast<T>(sum);
    }
  }

  bool exclusive_, reverse_;
};

}  // namespace

std::unique_ptr<Kernel> cumsum(const Setup& setup) { return std::make_unique<CumSum>(setup); }

}  // namespace xquant::runtime::ops
