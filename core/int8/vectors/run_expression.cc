#include "int8/vectors/case_call.h"

// Element-wise expressions (xq_expression.h).
//   expression   operands, then for each: kind, quant (of codes alone), shape;
//                steps, then for each: kind, op, bits of alpha and beta, a, b, c; quant z
//                | data of each operand
//                result: codes, then the number of NaN as u32
namespace xquant::int8 {
namespace {

xq_step step_of(CaseCall& call, int known) {
  xq_step step = {};
  step.kind = call.choice(XQ_STEP_SELECT);
  if (step.kind == XQ_STEP_BINARY) {
    step.binary = call.choice(XQ_FMOD);
  } else {
    step.unary.op = call.choice(XQ_TO_CEIL);
  }
  step.unary.alpha = call.real();
  step.unary.beta = call.real();
  for (int* value : {&step.a, &step.b, &step.c}) {
    *value = call.number();
    call.require(*value >= 0 && *value < known);
  }
  return step;
}

}  // namespace

std::optional<Bytes> run_expression(const VectorCase& c) {
  if (c.op != Operator::kExpression) return std::nullopt;
  CaseCall call(c);
  const size_t count = call.size();
  if (count < 1 || count > XQ_MAX_OPERANDS) return std::nullopt;
  xq_operand operands[XQ_MAX_OPERANDS] = {};
  for (size_t i = 0; i < count; ++i) {
    operands[i].kind = call.choice(XQ_OPERAND_FLAGS);
    if (operands[i].kind == XQ_OPERAND_CODES) operands[i].quant = call.quant();
    operands[i].shape = call.shape();
  }
  const size_t steps = call.size();
  if (steps < 1 || steps > XQ_MAX_STEPS) return std::nullopt;
  xq_step list[XQ_MAX_STEPS];
  for (size_t i = 0; i < steps; ++i) list[i] = step_of(call, static_cast<int>(count + i));
  const xq_quant to = call.quant();
  std::vector<std::vector<float>> reals(count);  // aligned
  for (size_t i = 0; i < count; ++i) {
    const size_t n = xq_shape_elements(&operands[i].shape);
    if (operands[i].kind == XQ_OPERAND_REALS) {
      reals[i] = call.tensor<float>(n);
      operands[i].data = reals[i].data();
    } else {
      const bool is_codes = operands[i].kind == XQ_OPERAND_CODES;
      operands[i].data = call.codes(n, is_codes ? operands[i].quant.type : XQ_U8);
    }
  }
  xq_shape shape;
  if (!call.complete() || !xq_expression_shape(operands, count, &shape)) return std::nullopt;
  Bytes z = result_of(xq_shape_elements(&shape), to.type);
  const size_t nans = xq_expression(operands, count, list, steps, &to, z.data());
  return with_count(z, nans);
}

}  // namespace xquant::int8
