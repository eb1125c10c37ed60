#include <algorithm>
#include <array>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

xq_reduction op_of(const std::string& type) {
  if (type == "ReduceSum") return XQ_REDUCE_SUM;
  if (type == "ReduceMax" || type == "GlobalMaxPool") return XQ_REDUCE_MAX;
  if (type == "ReduceL1") return XQ_REDUCE_L1;
  if (type == "ReduceL2") return XQ_REDUCE_L2;
  if (type == "ReduceSumSquare") return XQ_REDUCE_SUM_SQUARE;
  return type == "ReduceMin" ? XQ_REDUCE_MIN : XQ_REDUCE_MEAN;
}

xq_reduction op_of(const Node& node) {
  if (node.op_type == "GlobalLpPool") return node.int_or("p", 2) == 1 ? XQ_REDUCE_L1 : XQ_REDUCE_L2;
  return op_of(node.op_type);
}

/// Reductions; global pooling reduces all dimensions behind the second. Dimensions that are no run
/// are moved to the end first: sums of codes are exact in any order.
class Reduce final : public IntegerKernel {
 public:
  explicit Reduce(const runtime::Setup& setup)
      : op_(op_of(setup.node)),
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
    const Job job = job_of(call.inputs[0]);
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
    const Job job = job_of(in[0]);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kReduce;
    step.option = op_;
    step.x = from_;
    step.to = to_;
    step.outer = job.outer;
    step.length = job.length;
    step.inner = job.inner;
    if (!job.moves) return step;
    step.x_shape = job.shape;
    step.table.assign(1, 0);
    step.table.insert(step.table.end(), job.strides.begin(),
                      job.strides.begin() + static_cast<std::ptrdiff_t>(job.shape.rank));
    return step;
  }

 private:
  /// x, or what xq_move makes of it, as [outer, length, inner].
  struct Job {
    std::size_t outer = 1, length = 1, inner = 1;
    bool moves = false;
    xq_shape shape{};
    std::array<std::ptrdiff_t, XQ_MAX_RANK> strides{};
  };

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

  Job job_of(const runtime::TensorView& x) const {
    const std::vector<bool> is_reduced = reduced(x.rank());
    const auto begin = std::find(is_reduced.begin(), is_reduced.end(), true);
    const auto end = std::find(begin, is_reduced.end(), false);
    Job job;
    job.moves = std::find(end, is_reduced.end(), true) != is_reduced.end();
    if (job.moves && x.rank() > XQ_MAX_RANK)
      runtime::refuse("More than 8 dimensions are not supported.");
    for (std::size_t d = 0; d < x.rank(); ++d) {
      const bool behind = !job.moves && is_reduced.begin() + static_cast<std::ptrdiff_t>(d) >= end;
      (is_reduced[d] ? job.length : behind ? job.inner : job.outer) *= size(x.shape[d]);
    }
    if (job.moves) move_to_end(x, is_reduced, job);
    return job;
  }

  static void move_to_end(const runtime::TensorView& x, const std::vector<bool>& is_reduced,
                          Job& job) {
    std::array<std::ptrdiff_t, XQ_MAX_RANK> own{};
    std::ptrdiff_t step = 1;
    for (std::size_t d = x.rank(); d-- > 0; step *= x.shape[d]) own[d] = step;
    for (const bool wanted : {false, true}) {
      for (std::size_t d = 0; d < x.rank(); ++d) {
        if (is_reduced[d] != wanted) continue;
        job.strides[job.shape.rank] = own[d];
        job.shape.dims[job.shape.rank++] = size(x.shape[d]);
      }
    }
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
