#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

struct Step {
  int32_t kind, op;
  float alpha, beta;
  int32_t a, b, constants;
};

Step unary(int32_t op, int32_t a, float alpha = 0.3f, float beta = 0.9f) {
  return {XQ_STEP_UNARY, op, alpha, beta, a, 0, 0};
}
Step binary(int32_t op, int32_t a, int32_t b, int32_t constants = 0) {
  return {XQ_STEP_BINARY, op, 0, 0, a, b, constants};
}

void add_case(std::vector<VectorCase>& cases, Random& random, const std::string& name,
              const std::vector<int32_t>& shape, const std::vector<Step>& steps) {
  Parameters p;
  p.add_all(shape).add_quant(any_quant(random, byte_type(random), -7, -4));
  p.add(static_cast<int64_t>(steps.size()));
  size_t constants = 0;
  for (const Step& s : steps) {
    p.add(s.kind).add(s.op).add_real(s.alpha).add_real(s.beta).add(s.a).add(s.b).add(s.constants);
    constants += static_cast<size_t>(s.constants);
  }
  const auto channels = static_cast<size_t>(shape[1]);
  std::vector<float> values(constants);
  for (float& v : values) v = static_cast<float>(random.between(-200, 200)) / 128.0f;
  cases.push_back({Operator::kStage,
                   name,
                   p.values(),
                   {bytes_of(random.s32s(elements(shape), -9000, 9000)),
                    bytes_of(random.positives(random.between(0, 1) ? channels : 1, -12, -10)),
                    bytes_of(values)},
                   {}});
}

}  // namespace

void add_stage_cases(std::vector<VectorCase>& cases) {
  Random random(150);
  for (int32_t op = XQ_RELU; op <= XQ_TO_CEIL; ++op) {
    const float alpha = op == XQ_CLIP ? -0.5f : 0.3f;
    add_case(cases, random, "function " + std::to_string(op), {1, 3, 67}, {unary(op, 0, alpha)});
    add_case(cases, random, "function of columns " + std::to_string(op), {3, 35, 1},
             {unary(op, 0, alpha)});
  }
  for (int32_t op = XQ_ADD; op <= XQ_FMOD; ++op) {
    add_case(cases, random, "constant of each channel " + std::to_string(op), {2, 5, 13},
             {binary(op, 0, XQ_STEP_CONSTANT, 5)});
    add_case(cases, random, "constant of each column " + std::to_string(op), {2, 41, 1},
             {binary(op, XQ_STEP_CONSTANT, 0, 41)});
  }
  add_case(cases, random, "SiLU", {1, 2, 300}, {unary(XQ_SIGMOID, 0), binary(XQ_MUL, 0, 1)});
  add_case(cases, random, "Mish", {1, 2, 30},
           {unary(XQ_SOFTPLUS, 0), unary(XQ_TANH, 1), binary(XQ_MUL, 2, 0)});
  add_case(cases, random, "gate", {2, 300, 1},
           {binary(XQ_ADD, 0, XQ_STEP_CONSTANT, 1), unary(XQ_CLIP, 1, 0.0f, 6.0f),
            binary(XQ_MUL, 0, 2), binary(XQ_DIV, 3, XQ_STEP_CONSTANT, 1)});
}

}  // namespace xquant::int8_test
