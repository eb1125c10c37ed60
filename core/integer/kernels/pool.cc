#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/window.h"

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
    const xq_pool pool = shape_of(x.shape);
    xq_average_pool(&pool, count_, x.data, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kAveragePool;
    step.option = count_;
    step.x = from_;
    step.to = to_;
    step.pool = shape_of(in[0].shape);
    return step;
  }

 private:
  xq_pool shape_of(std::span<const std::int64_t> x) const {
    const runtime::ops::Window w = attributes_.at(x, {});
    xq_pool pool{};
    pool.planes = size(x[0] * x[1]);
    for (std::size_t d = 0; d < runtime::ops::Window::kDimensions; ++d) {
      pool.in[d] = size(w.in[d]);
      pool.out[d] = size(w.out[d]);
      pool.kernel[d] = size(w.kernel[d]);
      pool.stride[d] = size(w.stride[d]);
      pool.dilation[d] = size(w.dilation[d]);
      pool.pad_begin[d] = size(w.pad_begin[d]);
      pool.pad_end[d] = size(w.pad_end[d]);
    }
    return pool;
  }

  runtime::ops::WindowAttributes attributes_;
  xq_pool_count count_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> average_pool(const runtime::Setup& setup) {
  return std::make_unique<AveragePool>(setup);
}

}  // namespace xquant::integer::kernels
