#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/rows.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

xq_reduction reduction_of(const std::string& type) {
  if (type == "ReduceSum") return XQ_REDUCE_SUM;
  if (type == "ReduceMax" || type == "GlobalMaxPool") return XQ_REDUCE_MAX;
  if (type == "ReduceL1") return XQ_REDUCE_L1;
  if (type == "ReduceL2") return XQ_REDUCE_L2;
  if (type == "ReduceSumSquare") return XQ_REDUCE_SUM_SQUARE;
  if (type == "ReduceProd") return XQ_REDUCE_PROD;
  if (type == "ReduceLogSum") return XQ_REDUCE_LOG_SUM;
  if (type == "ReduceLogSumExp") return XQ_REDUCE_LOG_SUM_EXP;
  return type == "ReduceMin" ? XQ_REDUCE_MIN : XQ_REDUCE_MEAN;
}

/// Reductions; global pooling reduces all dimensions behind the second. Dimensions that are no run
/// are moved to the end first, in their order.
class Reduce final : public IntegerKernel {
 public:
  explicit Reduce(const runtime::Setup& setup)
      : op_(reduction_of(setup.node.op_type)),
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
    const std::vector<bool> is_reduced = reduced(x.rank());
    Shape shape;
    for (std::size_t d = 0; d < x.rank(); ++d) {
      if (!is_reduced[d])
        shape.push_back(x.shape[d]);
      else if (keeps_dimensions_)
        shape.push_back(1);
    }
    return {{type_, shape}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    return job_of(in[0]).moves ? size(in[0].size()) * xq_type_size(from_.type) : 0;
  }

  void run(const runtime::Call& call) const override {
    const Rows job = job_of(call.inputs[0]);
    if (job.length == 0) runtime::refuse("Nothing is reduced to one element.");
    const void* x = call.inputs[0].data;
    if (job.moves) {
      xq_move(x, &job.shape, job.strides.data(), from_.type, call.scratch.data());
      x = call.scratch.data();
    }
    xq_reduce(op_, x, job.outer, job.length, job.inner, &from_, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kReduce;
    step.option = op_;
    step.x = from_;
    step.to = to_;
    job_of(in[0]).describe(step);
    return step;
  }

 private:
  std::vector<bool> reduced(std::size_t rank) const {
    std::vector<bool> is_reduced(rank, !is_global_ && axes_.empty());
    for (std::size_t d = 2; is_global_ && d < rank; ++d) is_reduced[d] = true;
    for (const std::int64_t axis : axes_) {
      const std::size_t d = runtime::ops::normal_axis(axis, rank);
      if (is_reduced[d]) runtime::refuse("axes names a dimension twice.");
      is_reduced[d] = true;
    }
    return is_reduced;
  }

  Rows job_of(const runtime::TensorView& x) const { return rows_of(x, reduced(x.rank())); }

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
