// EyeLike: ones on the k-th diagonal of a matrix as large as the operand.

#include <algorithm>

#include "runtime/ops/common.h"
#include "runtime/ops/half.h"

namespace xquant::runtime::ops {
namespace {

class EyeLike final : public Kernel {
 public:
  explicit EyeLike(const Setup& setup)
      : type_(static_cast<DataType>(setup.node.int_or("dtype", 0))),
        diagonal_(setup.node.int_or("k", 0)) {}
  bool reads_types_only() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    if (x.rank() != 2) refuse("EyeLike takes a matrix.");
    const DataType type = type_ == DataType::kUndefined ? x.type : type_;
    if (type != DataType::kFloat16 && type != DataType::kBfloat16) with_type(type, [](auto) {});
    return {{type, x.shape_copy()}};
  }

  void run(const Call& call) const override {
    const MutableView out = call.outputs[0];
    if (out.type == DataType::kFloat16) return fill<std::uint16_t>(out, to_half(1.0f));
    if (out.type == DataType::kBfloat16) return fill<std::uint16_t>(out, to_bfloat16(1.0f));
    with_type(out.type, [&]<typename T>(T) { fill<T>(out, T(1)); });
  }

 private:
  template <typename T>
  void fill(const MutableView& out, T one) const {
    T* to = raw<T>(out);
    std::fill_n(to, out.size(), T(0));
    for (std::int64_t row = 0; row < out.shape[0]; ++row) {
      const std::int64_t column = row + diagonal_;
      if (column >= 0 && column < out.shape[1]) to[row * out.shape[1] + column] = one;
    }
  }

  DataType type_;
  std::int64_t diagonal_;
};

}  // namespace

std::unique_ptr<Kernel> eye_like(const Setup& setup) { return std::make_unique<EyeLike>(setup); }

}  // namespace xquant::runtime::ops
