#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

xq_binary_op op_of(const std::string& type) {
  if (type == "Add" || type == "Sum") return XQ_ADD;
  if (type == "Sub") return XQ_SUB;
  if (type == "Mul") return XQ_MUL;
  if (type == "Div") return XQ_DIV;
  if (type == "Min") return XQ_MIN;
  if (type == "Pow") return XQ_POW;
  if (type == "Mod") return XQ_FMOD;
  return type == "Max" ? XQ_MAX : XQ_PRELU;
}

/// Two operands, element by element, with broadcasting.
class Binary final : public IntegerKernel {
 public:
  explicit Binary(const runtime::Setup& setup) : op_(op_of(setup.node.op_type)) {
    const Fused fused(setup);
    a_ = quant_of(fused.linear(0));
    b_ = quant_of(fused.linear(1));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView a = in.required(0), b = in.required(Fused::position(1));
    if (a.rank() > XQ_MAX_RANK || b.rank() > XQ_MAX_RANK)
      runtime::refuse("More than 8 dimensions are not supported.");
    return {{type_, runtime::ops::broadcast(a.shape, b.shape)}};
  }

  void run(const runtime::Call& call) const override {
    const xq_tensor a = tensor_of(call.inputs[0], a_);
    const xq_tensor b = tensor_of(call.inputs[Fused::position(1)], b_);
    xq_binary(op_, &a, &b, &to_, call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kBinary;
    step.option = op_;
    step.x = a_;
    step.second = b_;
    step.to = to_;
    step.x_shape = tensor_of(in[0], a_).shape;
    step.second_shape = tensor_of(in[Fused::position(1)], b_).shape;
    return step;
  }

  bool needs_constant(std::size_t position) const override {
    return position == 0 || position == Fused::position(1);
  }

 private:
  static xq_tensor tensor_of(const runtime::TensorView& view, const xq_quant& quant) {
    xq_tensor tensor{};
    tensor.data = view.data;
    tensor.shape = shape_of(view.shape);
    tensor.quant = quant;
    return tensor;
  }

  xq_binary_op op_;
  xq_quant a_{}, b_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> binary(const runtime::Setup& setup) {
  return std::make_unique<Binary>(setup);
}

}  // namespace xquant::integer::kernels
