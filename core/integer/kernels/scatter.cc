#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/places.h"
#include "integer/kernels/replay.h"
#include "runtime/aligned_buffer.h"

namespace xquant::integer::kernels {
namespace {

xq_scatter_op op_of(const Node& node) {
  const std::string reduction = node.string_or("reduction", "none");
  if (node.op_type == "Col2Im" || reduction == "add") return XQ_SCATTER_ADD;
  if (reduction == "mul") return XQ_SCATTER_MUL;
  if (reduction == "min") return XQ_SCATTER_MIN;
  return reduction == "max" ? XQ_SCATTER_MAX : XQ_SCATTER_SET;
}

/// What puts elements into another tensor, or among zeros. Operands: they, the other tensor,
/// indices.
class Scatter final : public IntegerKernel {
 public:
  explicit Scatter(const runtime::Setup& setup)
      : op_(op_of(setup.node)), places_(places_of(setup.node)) {
    const Fused fused(setup);
    updates_ = quant_of(fused.linear(0));
    if (fused.has(1)) data_ = quant_of(fused.linear(1));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    in.required(0);
    return {{type_, places_->result(operands_of(in))}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView> out) const override {
    return workspace_bytes(out[0]) + size(in[0].size()) * sizeof(std::int64_t);
  }

  void run(const runtime::Call& call) const override {
    const Places::In in = operands_of(call.inputs);
    const std::size_t inner = size(places_->run(in));
    if (call.outputs[0].size() == 0 || inner == 0) return;
    auto* index =
        reinterpret_cast<std::int64_t*>(call.scratch.data() + workspace_bytes(call.outputs[0]));
    places_->fill(in, index);
    const xq_tensor updates{in.moving.data, updates_, {}}, data{in.data.data, data_, {}};
    xq_scatter(op_, in.data.present() ? &data : nullptr, size(call.outputs[0].size()) / inner,
               inner, &updates, index, size(in.moving.size()) / inner, &to_, call.outputs[0].data,
               call.scratch.data());
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView> out) const override {
    const Places::In operands = operands_of(in);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kScatter;
    step.option = op_;
    step.x = updates_;
    step.second = data_;
    step.to = to_;
    step.inner = size(places_->run(operands));
    step.outer = step.inner == 0 ? 0 : size(out[0].size()) / step.inner;
    step.table.resize(step.inner == 0 ? 0 : size(operands.moving.size()) / step.inner);
    if (!step.table.empty()) places_->fill(operands, step.table.data());
    return step;
  }

  bool needs_constant(std::size_t position) const override {
    return position % Fused::position(1) == 0 && position < Fused::position(3);
  }

 private:
  static Places::In operands_of(const runtime::Operands& in) {
    Places::In operands{.moving = in[0]};
    // The scale and zero point of the result stand where an absent operand's would.
    if (in.size() > Fused::position(2)) operands.data = in[Fused::position(1)];
    if (in.size() > Fused::position(3)) operands.indices = in[Fused::position(2)];
    return operands;
  }

  static std::size_t workspace_bytes(const runtime::TensorView& result) {
    return runtime::align_up(xq_scatter_workspace_size(size(result.size())));
  }

  xq_scatter_op op_;
  std::unique_ptr<Places> places_;
  xq_quant updates_{}, data_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> scatter(const runtime::Setup& setup) {
  return std::make_unique<Scatter>(setup);
}

}  // namespace xquant::integer::kernels
