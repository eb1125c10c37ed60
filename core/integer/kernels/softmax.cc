#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

using SoftmaxFunction = decltype(&xq_softmax);
/// In the order of ReplayStep::option.
constexpr SoftmaxFunction kSoftmaxes[] = {xq_softmax, xq_log_softmax, xq_hardmax};

int softmax_kind(const std::string& type) {
  if (type == "Hardmax") return 2;
  return type == "LogSoftmax" ? 1 : 0;
}

/// Softmax, LogSoftmax and Hardmax. Before opset 13 the axis splits the tensor into a matrix whose
/// rows are normalized; since then one dimension is.
class Softmax final : public IntegerKernel {
 public:
  explicit Softmax(const runtime::Setup& setup)
      : kind_(softmax_kind(setup.node.op_type)),
        flattens_(setup.node.int_or(kOpset, 13) < 13),
        axis_(setup.node.int_or("axis", flattens_ ? 1 : -1)) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{type_, in.required(0).shape_copy()}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    return xq_softmax_workspace_size(split(in[0]).length);
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    if (x.size() == 0) return;
    const Split s = split(x);
    kSoftmaxes[kind_](x.data, s.outer, s.length, s.inner, &from_, &to_, call.outputs[0].data,
                      call.scratch.data());
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const Split s = split(in[0]);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kSoftmax;
    step.option = kind_;
    step.x = from_;
    step.to = to_;
    step.outer = s.outer;
    step.length = s.length;
    step.inner = s.inner;
    return step;
  }

 private:
  struct Split {
    std::size_t outer, length, inner;
  };
  Split split(const runtime::TensorView& x) const {
    const runtime::ops::Dims shape(x.shape);
    const std::size_t axis = runtime::ops::normal_axis(axis_, shape.rank);
    const std::size_t end = flattens_ ? shape.rank : axis + 1;
    return {size(shape.product(0, axis)), size(shape.product(axis, end)),
            size(shape.product(end, shape.rank))};
  }

  int kind_;
  bool flattens_;
  std::int64_t axis_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> softmax(const runtime::Setup& setup) {
  return std::make_unique<Softmax>(setup);
}

}  // namespace xquant::integer::kernels
