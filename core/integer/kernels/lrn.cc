#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

/// LRN: each element over a power of the squares of neighbouring channels.
class Lrn final : public IntegerKernel {
 public:
  explicit Lrn(const runtime::Setup& setup)
      : window_{size(setup.node.int_or("size", 1)), setup.node.float_or("alpha", 1e-4F),
                setup.node.float_or("beta", 0.75F), setup.node.float_or("bias", 1.0F)} {
    if (setup.node.int_or("size", 0) < 1) runtime::refuse("size has to be positive.");
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    if (in.required(0).rank() < 2) runtime::refuse("LRN takes [N, C, ...].");
    return {{type_, in[0].shape_copy()}};
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    xq_lrn(&window_, x.data, size(x.shape[0]), size(x.shape[1]), inner(x), &from_, &to_,
           call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kLrn;
    step.x = from_;
    step.to = to_;
    step.outer = size(in[0].shape[0]);
    step.length = size(in[0].shape[1]);
    step.inner = inner(in[0]);
    step.groups = window_.size;
    step.gamma = {window_.alpha, window_.beta, window_.bias};
    return step;
  }

 private:
  static std::size_t inner(const runtime::TensorView& x) {
    return size(runtime::ops::Dims(x.shape).product(2, x.rank()));
  }

  xq_lrn_window window_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> lrn(const runtime::Setup& setup) {
  return std::make_unique<Lrn>(setup);
}

}  // namespace xquant::integer::kernels
