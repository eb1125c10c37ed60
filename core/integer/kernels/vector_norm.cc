#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/rows.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

std::vector<std::int64_t> axes_of(const Node& node) {
  if (node.op_type == "LpNormalization") return {node.int_or("axis", -1)};
  return node.ints_or("axes", {0, 2, 3});
}

xq_divisor divisor_of(const Node& node) {
  if (node.op_type == "MeanVarianceNormalization") return XQ_DIVISOR_DEVIATION;
  return node.int_or("p", 2) == 1 ? XQ_DIVISOR_L1 : XQ_DIVISOR_L2;
}

/// LpNormalization and MeanVarianceNormalization. Dimensions that are no run are moved to the end
/// and back.
class VectorNorm final : public IntegerKernel {
 public:
  explicit VectorNorm(const runtime::Setup& setup)
      : divisor_(divisor_of(setup.node)), axes_(axes_of(setup.node)) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    runtime::ops::normal_axes(axes_, in.required(0).rank());
    return {{type_, in[0].shape_copy()}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    const Rows rows = rows_of(in[0], normalized(in[0]));
    return workspace_bytes(rows) +
           (rows.moves ? moved_bytes(in[0], from_) + moved_bytes(in[0], to_) : std::size_t{0});
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    if (x.size() == 0) return;
    const Rows rows = rows_of(x, normalized(x));
    const void* from = x.data;
    void* to = call.outputs[0].data;
    std::byte* const moved = call.scratch.data() + workspace_bytes(rows);
    if (rows.moves) {
      xq_move(from, &rows.shape, rows.strides.data(), from_.type, moved);
      from = moved;
      to = moved + moved_bytes(x, from_);
    }
    xq_vector_norm(divisor_, from, rows.outer, rows.length, rows.inner, &from_, &to_, to,
                   call.scratch.data());
    if (!rows.moves) return;
    const xq_shape shape = shape_of(x.shape);
    xq_move(to, &shape, back(x, rows).data(), to_.type, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const Rows rows = rows_of(in[0], normalized(in[0]));
    ReplayStep step;
    step.kind = ReplayStep::Kind::kVectorNorm;
    step.option = divisor_;
    step.x = from_;
    step.to = to_;
    rows.describe(step);
    if (!rows.moves) return step;
    step.second_shape = shape_of(in[0].shape);
    const Strides strides = back(in[0], rows);
    step.table.insert(step.table.end(), strides.begin(),
                      strides.begin() + static_cast<std::ptrdiff_t>(in[0].rank()));
    return step;
  }

 private:
  using Strides = std::array<std::ptrdiff_t, XQ_MAX_RANK>;

  std::vector<bool> normalized(const runtime::TensorView& x) const {
    std::vector<bool> mask(x.rank(), false);
    for (const std::int64_t axis : axes_) mask[runtime::ops::normal_axis(axis, x.rank())] = true;
    return mask;
  }

  /// Of the operand's dimensions where the move has put them.
  Strides back(const runtime::TensorView& x, const Rows& rows) const {
    const std::vector<bool> mask = normalized(x);
    Strides moved{}, strides{};
    std::ptrdiff_t step = 1;
    for (std::size_t d = rows.shape.rank; d-- > 0;) {
      moved[d] = step;
      step *= static_cast<std::ptrdiff_t>(rows.shape.dims[d]);
    }
    std::size_t next = 0;
    for (const bool wanted : {false, true}) {
      for (std::size_t d = 0; d < x.rank(); ++d) {
        if (mask[d] == wanted) strides[d] = moved[next++];
      }
    }
    return strides;
  }

  static std::size_t workspace_bytes(const Rows& rows) {
    return runtime::align_up(xq_norm_workspace_size(rows.length));
  }
  static std::size_t moved_bytes(const runtime::TensorView& x, const xq_quant& quant) {
    return runtime::align_up(size(x.size()) * xq_type_size(quant.type));
  }

  xq_divisor divisor_;
  std::vector<std::int64_t> axes_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> vector_norm(const runtime::Setup& setup) {
  return std::make_unique<VectorNorm>(setup);
}

}  // namespace xquant::integer::kernels
