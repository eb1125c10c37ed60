#include <algorithm>

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

PoolFunction lp_pool_of(const Node& node) {
  return {ReplayStep::Kind::kLpPool, static_cast<int>(node.int_or("p", 2)), xq_lp_pool};
}

/// A pool of windows, or (Global...) of one that holds all.
class WindowPool final : public IntegerKernel {
 public:
  WindowPool(const runtime::Setup& setup, const PoolFunction& function)
      : attributes_(setup.node),
        is_global_(setup.node.op_type.starts_with("Global")),
        function_(function) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (!is_global_)
      return {
          {type_, runtime::ops::window_result(x.shape, x.shape[1], attributes_.at(x.shape, {}))}};
    if (x.rank() < 2) runtime::refuse("Global pooling takes [N, C, ...].");
    Shape shape(x.rank(), 1);
    std::copy_n(x.shape.begin(), 2, shape.begin());
    return {{type_, shape}};
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    const xq_pool pool = pool_for(x.shape);
    function_.run(&pool, function_.option, x.data, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = function_.kind;
    step.option = function_.option;
    step.x = from_;
    step.to = to_;
    step.pool = pool_for(in[0].shape);
    return step;
  }

 private:
  xq_pool pool_for(std::span<const std::int64_t> x) const {
    if (!is_global_) return pool_of(attributes_.at(x, {}), x);
    std::size_t plane = 1;
    for (const std::int64_t dim : x.subspan(2)) plane *= size(dim);
    return {size(x[0] * x[1]), {1, 1, plane}, {1, 1, 1}, {1, 1, plane},
            {1, 1, 1},         {1, 1, 1},     {0, 0, 0}, {0, 0, 0}};
  }

  runtime::ops::WindowAttributes attributes_;
  bool is_global_;
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
