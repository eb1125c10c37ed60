#include <memory>

#include "int8/vectors/case_call.h"

// Requantization through a stage (xq_stage.h).
//   stage   outer channels inner, quant to, steps, then for each step
//           kind, op, bits of alpha and beta, a, b, constants | acc i32, multiplier f32,
//                                                               constants of all steps f32
// A stage that has a curve runs with it, too, and has to have the same codes.
namespace xquant::int8 {
namespace {

// Fields of a step as the case has them; its constant is set later.
xq_step step_of(CaseCall& call) {
  xq_step step = {};
  step.kind = call.choice(XQ_STEP_BINARY);
  if (step.kind == XQ_STEP_UNARY) {
    step.unary.op = call.choice(XQ_TO_CEIL);
  } else {
    step.binary = call.choice(XQ_FMOD);
  }
  step.unary.alpha = call.real();
  step.unary.beta = call.real();
  step.a = call.number();
  step.b = call.number();
  step.constants = call.size();
  return step;
}

}  // namespace

std::optional<Bytes> run_stage(const VectorCase& c) {
  if (c.op != Operator::kStage) return std::nullopt;
  CaseCall call(c);
  const size_t outer = call.size(), channels = call.size(), inner = call.size();
  const xq_quant quant = call.quant();
  xq_step steps[XQ_MAX_STEPS];
  const size_t count = call.size();
  if (count > XQ_MAX_STEPS) return std::nullopt;
  size_t constants = 0;
  for (size_t i = 0; i < count; ++i) {
    steps[i] = step_of(call);
    constants += steps[i].constants;
  }
  const auto acc = call.tensor<int32_t>(outer * channels * inner);
  const auto multiplier = call.tensor_of<float>(1, channels);
  const auto values = call.tensor<float>(constants);
  if (!call.complete()) return std::nullopt;
  const float* constant = values.data();
  for (size_t i = 0; i < count; ++i) {
    steps[i].constant = constant;
    constant += steps[i].constants;
  }
  xq_stage stage = {steps, count, quant.scale, nullptr};
  const xq_requant to = {multiplier.data(), multiplier.size(), quant.zero_point,
                         quant.qmin,        quant.qmax,        &stage};
  const auto requantize = [&] {
    Bytes q(acc.size());
    if (quant.type == XQ_U8) {
      xq_requantize_s32_u8(acc.data(), outer, channels, inner, &to, q.data());
    } else {
      xq_requantize_s32_s8(acc.data(), outer, channels, inner, &to,
                           reinterpret_cast<int8_t*>(q.data()));
    }
    return q;
  };
  const Bytes q = requantize();
  const auto curve = std::make_unique<xq_curve>();
  if (xq_curve_of(&stage, quant.zero_point, quant.qmin, quant.qmax, curve.get()) != 0) {
    stage.curve = curve.get();
    if (requantize() != q) return std::nullopt;
  }
  return q;
}

}  // namespace xquant::int8
