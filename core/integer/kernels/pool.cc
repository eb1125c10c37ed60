#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/window.h"

namespace xquant::integer::kernels {
namespace {

class AveragePool final : public IntegerKernel {
 public:
  explicit AveragePool(const runtime::Setup& setup)
      : attributes_(setup.node),
        count_(setup.node.int_or("count_include_pad", 0) != 0 ? XQ_COUNT_PADDED : XQ_COUNT_INSIDE) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    return {{type_, runtime::ops::window_result(x.shape, x.shape[1], attributes_.at(x.shape, {}))}};
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    const xq_pool pool = pool_of(attributes_.at(x.shape, {}), x.shape);
    xq_average_pool(&pool, count_, x.data, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kAveragePool;
    step.option = count_;
    step.x = from_;
    step.to = to_;
    step.pool = pool_of(attributes_.at(in[0].shape, {}), in[0].shape);
    return step;
  }

 private:
  runtime::ops::WindowAttributes attributes_;
  xq_pool_count count_;
  xq_quant from_{}, to_{};
  DataType type_;
};

/// p of 1 or 2.
class LpPool final : public IntegerKernel {
 public:
  explicit LpPool(const runtime::Setup& setup)
      : attributes_(setup.node),
        norm_(setup.node.int_or("p", 2) == 1 ? XQ_REDUCE_L1 : XQ_REDUCE_L2) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    return {{type_, runtime::ops::window_result(x.shape, x.shape[1], attributes_.at(x.shape, {}))}};
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    const xq_pool pool = pool_of(attributes_.at(x.shape, {}), x.shape);
    xq_lp_pool(&pool, norm_, x.data, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kLpPool;
    step.option = norm_;
    step.x = from_;
    step.to = to_;
    step.pool = pool_of(attributes_.at(in[0].shape, {}), in[0].shape);
    return step;
  }

 private:
  runtime::ops::WindowAttributes attributes_;
  xq_reduction norm_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> lp_pool(const runtime::Setup& setup) {
  return std::make_unique<LpPool>(setup);
}

std::unique_ptr<runtime::Kernel> average_pool(const runtime::Setup& setup) {
  return std::make_unique<AveragePool>(setup);
}

}  // namespace xquant::integer::kernels
