#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/rows.h"
#include "runtime/ops/einsum_equation.h"

namespace xquant::integer::kernels {
namespace {

/// An Einsum of one operand: sums along some dimensions, of diagonals, of another order.
class Einsum final : public IntegerKernel {
 public:
  explicit Einsum(const runtime::Setup& setup) : equation_(setup.node.string_or("equation", "")) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    in.required(0);
    const runtime::ops::EinsumLoops loops = loops_of(in);
    if (loops.count > XQ_MAX_RANK) runtime::refuse("More than 8 labels are not supported.");
    return {{type_, Shape(loops.size.begin(),
                          loops.size.begin() + static_cast<std::ptrdiff_t>(loops.kept))}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    const Rows rows = rows_of(in);
    return xq_shape_elements(&rows.shape) * xq_type_size(from_.type);
  }

  void run(const runtime::Call& call) const override {
    const Rows rows = rows_of(call.inputs);
    if (rows.outer == 0) return;
    if (rows.length == 0) runtime::refuse("Nothing is summed to one element.");
    xq_move(call.inputs[0].data, &rows.shape, rows.strides.data(), from_.type, call.scratch.data());
    xq_reduce(XQ_REDUCE_SUM, call.scratch.data(), rows.outer, rows.length, 1, &from_, &to_,
              call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kReduce;
    step.option = XQ_REDUCE_SUM;
    step.x = from_;
    step.to = to_;
    rows_of(in).describe(step);
    return step;
  }

 private:
  runtime::ops::EinsumLoops loops_of(const runtime::Operands& in) const {
    return equation_.loops(runtime::Operands(in.all().first(1)));
  }

  /// Labels of the result, then those that are summed.
  Rows rows_of(const runtime::Operands& in) const {
    const runtime::ops::EinsumLoops loops = loops_of(in);
    Rows rows{.moves = true};
    for (std::size_t l = 0; l < loops.count; ++l) {
      (l < loops.kept ? rows.outer : rows.length) *= size(loops.size[l]);
      rows.append(size(loops.size[l]), static_cast<std::ptrdiff_t>(loops.strides[0][l]));
    }
    return rows;
  }

  runtime::ops::EinsumEquation equation_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> einsum(const runtime::Setup& setup) {
  return std::make_unique<Einsum>(setup);
}

}  // namespace xquant::integer::kernels
