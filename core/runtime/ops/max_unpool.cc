// MaxUnpool: puts each element where MaxPool found it (indices into the whole flattened result);
// zeros elsewhere.

#include <algorithm>

#include "runtime/ops/unpooling.h"

namespace xquant::runtime::ops {
namespace {

class MaxUnpool final : public Kernel {
 public:
  explicit MaxUnpool(const Setup& setup) : places_(setup.node) {}
  std::vector<std::size_t> shape_operands() const override { return {2}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), indices = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(indices, DataType::kInt64);
    if (!std::ranges::equal(x.shape, indices.shape)) refuse("Input and indices do not fit.");
    return {{x.type, places_.result(x.shape, in.has(2) ? integers(in[2]) : Shape{})}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    with_real_type(x.type, [&]<typename T>(T) {
      std::fill_n(raw<T>(out), out.size(), T(0));
      places_.for_each_element(
          x.shape, out.shape, raw<std::int64_t>(call.inputs[1]),
          [&](std::int64_t i, std::int64_t at) { raw<T>(out)[at] = raw<T>(x)[i]; });
    });
  }

 private:
  Unpooling places_;
};

}  // namespace

std::unique_ptr<Kernel> max_unpool(const Setup& setup) {
  return std::make_unique<MaxUnpool>(setup);
}

}  // namespace xquant::runtime::ops
