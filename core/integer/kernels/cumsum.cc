#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

/// CumSum along the dimension of the attribute axis.
class CumSum final : public IntegerKernel {
 public:
  explicit CumSum(const runtime::Setup& setup)
      : axis_(setup.node.int_or("axis", 0)),
        exclusive_(setup.node.int_or("exclusive", 0) != 0),
        reverse_(setup.node.int_or("reverse", 0) != 0) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    runtime::ops::normal_axis(axis_, in.required(0).rank());
    return {{type_, in[0].shape_copy()}};
  }

  void run(const runtime::Call& call) const override {
    const ReplayStep step = describe(call.inputs, call.outputs);
    xq_cumsum(call.inputs[0].data, step.outer, step.length, step.inner, exclusive_, reverse_,
              &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const runtime::ops::Dims shape(in[0].shape);
    const std::size_t axis = runtime::ops::normal_axis(axis_, shape.rank);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kCumSum;
    step.option = (exclusive_ ? 1 : 0) + (reverse_ ? 2 : 0);
    step.x = from_;
    step.to = to_;
    step.outer = size(shape.product(0, axis));
    step.length = size(shape[axis]);
    step.inner = size(shape.product(axis + 1, shape.rank));
    return step;
  }

 private:
  std::int64_t axis_;
  bool exclusive_, reverse_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> cumsum(const runtime::Setup& setup) {
  return std::make_unique<CumSum>(setup);
}

}  // namespace xquant::integer::kernels
