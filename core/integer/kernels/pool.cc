#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/window.h"

namespace xquant::integer::kernels {
namespace {

/// A function of the library with the number that chooses among its kinds.
struct PoolFunction {
  ReplayStep::Kind kind;
  int option;
  void (*run)(const xq_pool* pool, int option, const void* x, const xq_quant* from,
              const xq_quant* to, void* y);
};

PoolFunction average_pool_of(const Node& node) {
  const bool padded = node.int_or("count_include_pad", 0) != 0;
  return {
      ReplayStep::Kind::kAveragePool, padded ? XQ_COUNT_PADDED : XQ_COUNT_INSIDE,
      [](const xq_pool* pool, int option, const void* x, const xq_quant* from, const xq_quant* to,
         void* y) { xq_average_pool(pool, static_cast<xq_pool_count>(option), x, from, to, y); }};
}

/// p of 1 or 2.
PoolFunction lp_pool_of(const Node& node) {
  const bool magnitudes = node.int_or("p", 2) == 1;
  return {
      ReplayStep::Kind::kLpPool, magnitudes ? XQ_REDUCE_L1 : XQ_REDUCE_L2,
      [](const xq_pool* pool, int option, const void* x, const xq_quant* from, const xq_quant* to,
         void* y) { xq_lp_pool(pool, static_cast<xq_reduction>(option), x, from, to, y); }};
}

class WindowPool final : public IntegerKernel {
 public:
  WindowPool(const runtime::Setup& setup, const PoolFunction& function)
      : attributes_(setup.node), function_(function) {
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
    function_.run(&pool, function_.option, x.data, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = function_.kind;
    step.option = function_.option;
    step.x = from_;
    step.to = to_;
    step.pool = pool_of(attributes_.at(in[0].shape, {}), in[0].shape);
    return step;
  }

 private:
  runtime::ops::WindowAttributes attributes_;
  PoolFunction function_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> lp_pool(const runtime::Setup& setup) {
  return std::make_unique<WindowPool>(setup, lp_pool_of(setup.node));
}

std::unique_ptr<runtime::Kernel> average_pool(const runtime::Setup& setup) {
  return std::make_unique<WindowPool>(setup, average_pool_of(setup.node));
}

}  // namespace xquant::integer::kernels
