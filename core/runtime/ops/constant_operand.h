#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "runtime/ops/common.h"
#include "runtime/ops/element_loops.h"

namespace xquant::runtime::ops {

/// A binary operator of which one operand is a float constant, a scalar or a row: it can then be
/// done on pieces of the other operand. Operation: float(float, float), in the order of the
/// operands.
template <typename Operation>
class ConstantOperand final : public Kernel {
 public:
  ConstantOperand(std::unique_ptr<Kernel> kernel, const Tensor& constant, std::size_t data_operand)
      : kernel_(std::move(kernel)),
        values_(constant.data<float>().begin(), constant.data<float>().end()),
        data_operand_(data_operand) {}

  bool may_overwrite_operands() const override { return kernel_->may_overwrite_operands(); }
  std::vector<TensorType> infer(const Operands& in) const override { return kernel_->infer(in); }
  void run(const Call& call) const override { kernel_->run(call); }

  bool maps_floats() const override { return true; }
  std::size_t mapped_operand() const override { return data_operand_; }
  std::size_t mapped_row() const override { return values_.size() == 1 ? 0 : values_.size(); }
  void map_floats(std::size_t first, const float* x, float* y, std::size_t n) const override {
    if (values_.size() == 1) {
      const float constant = values_[0];
      if (data_operand_ == 0)
        return map_elements(x, y, n, [constant](float v) { return Operation()(v, constant); });
      return map_elements(x, y, n, [constant](float v) { return Operation()(constant, v); });
    }
    for (std::size_t done = 0; done < n;) {
      const std::size_t at = (first + done) % values_.size();
      const std::size_t count = std::min(values_.size() - at, n - done);
      const float* row = values_.data() + at;
      if (data_operand_ == 0) {
        combine_elements(x + done, row, y + done, count, Operation());
      } else {
        combine_elements(row, x + done, y + done, count, Operation());
      }
      done += count;
    }
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::vector<float> values_;
  std::size_t data_operand_;
};

/// The kernel itself, or a ConstantOperand around it.
template <typename Operation>
std::unique_ptr<Kernel> with_constant_operand(const Setup& setup, Operation,
                                              std::unique_ptr<Kernel> kernel) {
  for (const std::size_t position : {std::size_t{0}, std::size_t{1}}) {
    const Tensor* constant = setup.constant(position);
    if (constant == nullptr || setup.constant(1 - position) != nullptr) continue;
    const bool fits = constant->type() == DataType::kFloat && constant->shape().size() <= 1 &&
                      constant->size() > 0;
    if (fits) {
      return std::make_unique<ConstantOperand<Operation>>(std::move(kernel), *constant,
                                                          1 - position);
    }
  }
  return kernel;
}

}  // namespace xquant::runtime::ops
