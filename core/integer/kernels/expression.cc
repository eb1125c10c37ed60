#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/stage.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

/// Several operands and operations, element by element, with broadcasting.
class Expression final : public IntegerKernel {
 public:
  explicit Expression(const runtime::Setup& setup) : functions_(*read_stage(setup.node)) {
    const Fused fused(setup);
    steps_ = functions_.library_steps();
    for (std::size_t i = 0; i < fused.operands(); ++i) {
      xq_operand operand{};
      operand.kind = XQ_OPERAND_REALS;  // or flags, as their type says in a call
      if (setup.node.input(Fused::position(i) + 1) != ValueId::kNone) {
        operand.kind = XQ_OPERAND_CODES;
        operand.quant = quant_of(fused.linear(i));
      }
      operands_.push_back(operand);
    }
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    Shape shape = in.required(0).shape_copy();
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const runtime::TensorView view = in.required(Fused::position(i));
      if (view.rank() > XQ_MAX_RANK) runtime::refuse("More than 8 dimensions are not supported.");
      if (operands_[i].kind == XQ_OPERAND_REALS && view.type != DataType::kBool)
        runtime::ops::require_type(view, DataType::kFloat);
      shape = runtime::ops::broadcast(shape, view.shape);
    }
    return {{type_, shape}};
  }

  void run(const runtime::Call& call) const override {
    const std::vector<xq_operand> operands = operands_of(call.inputs);
    xq_expression(operands.data(), operands.size(), steps_.data(), steps_.size(), &to_,
                  call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kExpression;
    step.to = to_;
    step.stage = functions_;
    step.operands = operands_of(in);
    for (xq_operand& operand : step.operands) operand.data = nullptr;
    return step;
  }

  bool needs_constant(std::size_t position) const override {
    return position % Fused::position(1) == 0 && position < Fused::position(operands_.size());
  }

 private:
  std::vector<xq_operand> operands_of(const runtime::Operands& in) const {
    std::vector<xq_operand> operands = operands_;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const runtime::TensorView& view = in[Fused::position(i)];
      if (view.type == DataType::kBool) operands[i].kind = XQ_OPERAND_FLAGS;
      operands[i].data = view.data;
      operands[i].shape = shape_of(view.shape);
    }
    return operands;
  }

  Stage functions_;
  std::vector<xq_step> steps_;        ///< of functions_
  std::vector<xq_operand> operands_;  ///< without data and shape
  xq_quant to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> expression(const runtime::Setup& setup) {
  return std::make_unique<Expression>(setup);
}

}  // namespace xquant::integer::kernels
