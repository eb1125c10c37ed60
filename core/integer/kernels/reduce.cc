#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

xq_reduction op_of(const std::string& type) {
  if (type == "ReduceSum") return XQ_REDUCE_SUM;
  if (type == "ReduceMax" || type == "GlobalMaxPool") return XQ_REDUCE_MAX;
  return type == "ReduceMin" ? XQ_REDUCE_MIN : XQ_REDUCE_MEAN;
}

/// Reductions over a run of dimensions; global pooling reduces all behind the second.
class Reduce final : public IntegerKernel {
 public:
  explicit Reduce(const runtime::Setup& setup)
      : op_(op_of(setup.node.op_type)),
        is_global_(setup.node.op_type.starts_with("Global")),
        keeps_dimensions_(is_global_ || setup.node.int_or("keepdims", 1) != 0),
        axes_(setup.node.ints_or("axes", {})) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    const auto [begin, end] = reduced(x.rank());
    Shape shape;
    for (std::size_t d = 0; d < x.rank(); ++d) {
      if (d < begin || d >= end)
        shape.push_back(x.shape[d]);
      else if (keeps_dimensions_)
        shape.push_back(1);
    }
    return {{type_, shape}};
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    const auto [begin, end] = reduced(x.rank());
    const runtime::ops::Dims shape(x.shape);
    const std::size_t length = size(shape.product(begin, end));
    if (length == 0) runtime::refuse("Nothing is reduced to one element.");
    xq_reduce(op_, x.data, size(shape.product(0, begin)), length,
              size(shape.product(end, shape.rank)), &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const auto [begin, end] = reduced(in[0].rank());
    const runtime::ops::Dims shape(in[0].shape);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kReduce;
    step.option = op_;
    step.x = from_;
    step.to = to_;
    step.outer = size(shape.product(0, begin));
    step.length = size(shape.product(begin, end));
    step.inner = size(shape.product(end, shape.rank));
    return step;
  }

 private:
  struct Range {
    std::size_t begin, end;
  };
  Range reduced(std::size_t rank) const {
    if (is_global_) return {2, rank};
    if (axes_.empty()) return {0, rank};
    const std::size_t begin = runtime::ops::normal_axis(axes_.front(), rank);
    return {begin, begin + axes_.size()};
  }

  xq_reduction op_;
  bool is_global_, keeps_dimensions_;
  std::vector<std::int64_t> axes_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> reduce(const runtime::Setup& setup) {
  return std::make_unique<Reduce>(setup);
}

}  // namespace xquant::integer::kernels
