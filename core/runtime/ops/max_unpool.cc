// MaxUnpool: puts each element where MaxPool found it (indices into the whole flattened result);
// zeros elsewhere.

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class MaxUnpool final : public Kernel {
 public:
  explicit MaxUnpool(const Setup& setup)
      : kernel_(setup.node.ints_or("kernel_shape", {})),
        strides_(setup.node.ints_or("strides", std::vector<std::int64_t>(kernel_.size(), 1))),
        pads_(setup.node.ints_or("pads", std::vector<std::int64_t>(2 * kernel_.size(), 0))) {
    if (strides_.size() != kernel_.size() || pads_.size() != 2 * kernel_.size()) {
      refuse("kernel_shape, strides and pads do not fit.");
    }
  }
  std::vector<std::size_t> shape_operands() const override { return {2}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), indices = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(indices, DataType::kInt64);
    if (!std::ranges::equal(x.shape, indices.shape)) refuse("Input and indices do not fit.");
    const Shape inferred = unpooled(x.shape);
    if (!in.has(2)) return {{x.type, inferred}};
    const Shape wanted = integers(in[2]);
    for (std::size_t d = 0; d < inferred.size(); ++d) {
      if (wanted.size() != inferred.size() || wanted[d] < inferred[d]) {
        refuse("output_shape is smaller than what the kernel needs.");
      }
    }
    return {{x.type, wanted}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    // Indices count in the tensor that the kernel gives; a larger output_shape pads its ends.
    Dims inferred(x.shape);
    for (std::size_t i = 0; i < kernel_.size(); ++i) inferred[i + 2] = unpooled_dim(x.shape, i);
    const Dims from = strides_of(inferred), to = strides_of(Dims(out.shape));
    with_real_type(x.type, [&]<typename T>(T) {
      std::fill_n(raw<T>(out), out.size(), T(0));
      for (std::int64_t i = 0; i < x.size(); ++i) {
        std::int64_t rest = raw<std::int64_t>(call.inputs[1])[i], at = 0;
        if (rest < 0 || rest >= inferred.size()) refuse("An index is outside the result.");
        for (std::size_t d = 0; d < inferred.rank; ++d) {
          at += rest / from[d] * to[d];
          rest %= from[d];
        }
        raw<T>(out)[at] = raw<T>(x)[i];
      }
    });
  }

 private:
  std::int64_t unpooled_dim(std::span<const std::int64_t> shape, std::size_t i) const {
    return (shape[i + 2] - 1) * strides_[i] + kernel_[i] - pads_[i] - pads_[i + kernel_.size()];
  }
  Shape unpooled(std::span<const std::int64_t> shape) const {
    if (shape.size() != kernel_.size() + 2) refuse("kernel_shape does not fit the input.");
    Shape result{shape[0], shape[1]};
    for (std::size_t i = 0; i < kernel_.size(); ++i) result.push_back(unpooled_dim(shape, i));
    return result;
  }

  std::vector<std::int64_t> kernel_, strides_, pads_;
};

}  // namespace

std::unique_ptr<Kernel> max_unpool(const Setup& setup) {
  return std::make_unique<MaxUnpool>(setup);
}

}  // namespace xquant::runtime::ops
