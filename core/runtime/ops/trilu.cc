// Trilu: the upper or lower triangle of each matrix, from the k-th diagonal on; zeros elsewhere.

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class Trilu final : public Kernel {
 public:
  explicit Trilu(const Setup& setup) : upper_(setup.node.int_or("upper", 1) != 0) {}
  bool takes_half() const override { return true; }
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    if (in.required(0).rank() < 2) refuse("Trilu takes matrices.");
    if (in.has(1)) require_type(in[1], DataType::kInt64);
    with_width(in[0].type, [](auto) {});
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const std::int64_t rows = x.shape[x.rank() - 2], columns = x.shape[x.rank() - 1];
    const std::int64_t given = call.inputs.has(1) ? *raw<std::int64_t>(call.inputs[1]) : 0;
    const std::int64_t k = std::clamp(given, -rows, columns);  // beyond is as at the corners
    with_width(x.type, [&]<typename T>(T) {
      T* out = raw<T>(call.outputs[0]);
      const std::int64_t count = x.size();
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t row = i / columns % rows, column = i % columns;
        const bool kept = upper_ ? column >= row + k : column <= row + k;
        out[i] = kept ? raw<T>(x)[i] : T(0);
      }
    });
  }

 private:
  bool upper_;
};

}  // namespace

std::unique_ptr<Kernel> trilu(const Setup& setup) { return std::make_unique<Trilu>(setup); }

}  // namespace xquant::runtime::ops
