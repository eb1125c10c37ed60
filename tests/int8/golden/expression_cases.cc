#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

using Dims = std::vector<int32_t>;

struct Operand {
  xq_operand_kind kind;
  Dims shape;
};

struct Step {
  int32_t kind, op, a, b, c;
};
Step unary(int32_t op, int32_t a) { return {XQ_STEP_UNARY, op, a, 0, 0}; }
Step binary(int32_t op, int32_t a, int32_t b) { return {XQ_STEP_BINARY, op, a, b, 0}; }
Step select(int32_t a, int32_t b, int32_t c) { return {XQ_STEP_SELECT, 1, a, b, c}; }

int8::Bytes data_of(Random& random, const Operand& operand, xq_type type) {
  const size_t n = elements(operand.shape);
  if (operand.kind == XQ_OPERAND_CODES) return codes(random, n, type);
  if (operand.kind == XQ_OPERAND_FLAGS) {
    int8::Bytes flags(n);
    for (uint8_t& flag : flags) flag = static_cast<uint8_t>(random.between(0, 1));
    return flags;
  }
  std::vector<float> reals(n);
  for (float& v : reals) v = static_cast<float>(random.between(-300, 300)) / 128.0f;
  return bytes_of(reals);
}

void add_case(std::vector<VectorCase>& cases, Random& random, const std::string& name,
              const std::vector<Operand>& operands, const std::vector<Step>& steps) {
  Parameters p;
  std::vector<int8::Bytes> inputs;
  p.add(static_cast<int64_t>(operands.size()));
  for (const Operand& operand : operands) {
    p.add(operand.kind);
    const xq_type type = any_type(random);
    if (operand.kind == XQ_OPERAND_CODES) {
      const bool is_wide = type == XQ_S16 || type == XQ_U16;
      p.add_quant(any_quant(random, type, is_wide ? -14 : -6, is_wide ? -11 : -3));
    }
    p.add_shape(operand.shape);
    inputs.push_back(data_of(random, operand, type));
  }
  p.add(static_cast<int64_t>(steps.size()));
  for (const Step& s : steps)
    p.add(s.kind).add(s.op).add_real(0.3f).add_real(0.9f).add(s.a).add(s.b).add(s.c);
  p.add_quant(any_quant(random, any_type(random), -6, -2));
  cases.push_back({Operator::kExpression, name, p.values(), inputs, {}});
}

}  // namespace

void add_expression_cases(std::vector<VectorCase>& cases) {
  Random random(151);
  constexpr auto kCodes = XQ_OPERAND_CODES;
  constexpr auto kReals = XQ_OPERAND_REALS;
  constexpr auto kFlags = XQ_OPERAND_FLAGS;
  for (const int32_t op : {XQ_ADD, XQ_MIN, XQ_MAX}) {
    add_case(cases, random, "three tensors, operation " + std::to_string(op),
             {{kCodes, {2, 3, 35}}, {kCodes, {3, 1}}, {kCodes, {2, 1, 35}}},
             {binary(op, 0, 1), binary(op, 3, 2)});
  }
  add_case(
      cases, random, "mean of four",
      {{kCodes, {7, 9}}, {kCodes, {7, 9}}, {kCodes, {9}}, {kCodes, {7, 1}}, {kReals, {}}},
      {binary(XQ_ADD, 0, 1), binary(XQ_ADD, 5, 2), binary(XQ_ADD, 6, 3), binary(XQ_DIV, 7, 4)});
  add_case(cases, random, "sum of eight", std::vector<Operand>(8, {kCodes, {5, 3}}),
           {binary(XQ_ADD, 0, 1), binary(XQ_ADD, 8, 2), binary(XQ_ADD, 9, 3), binary(XQ_ADD, 10, 4),
            binary(XQ_ADD, 11, 5), binary(XQ_ADD, 12, 6), binary(XQ_ADD, 13, 7)});
  add_case(cases, random, "Where", {{kFlags, {2, 1, 67}}, {kCodes, {2, 3, 67}}, {kCodes, {3, 1}}},
           {select(0, 1, 2)});
  add_case(cases, random, "Where of constants", {{kFlags, {300}}, {kCodes, {2, 1}}, {kReals, {}}},
           {select(0, 2, 1)});
  for (int32_t op = XQ_ADD; op <= XQ_FMOD; ++op) {
    const std::string name = "reals, operation " + std::to_string(op);
    add_case(cases, random, name + ", all", {{kCodes, {1, 4, 3, 13}}, {kReals, {1, 4, 3, 13}}},
             {binary(op, 0, 1)});
    add_case(cases, random, name + ", planes", {{kCodes, {2, 4, 3, 5}}, {kReals, {3, 5}}},
             {binary(op, 1, 0)});
    add_case(cases, random, name + ", columns", {{kCodes, {2, 4, 3, 5}}, {kReals, {1, 1, 5}}},
             {binary(op, 0, 1)});
  }
  for (int32_t op = XQ_RELU; op <= XQ_TO_CEIL; ++op) {
    add_case(cases, random, "function of a sum " + std::to_string(op),
             {{kCodes, {3, 41}}, {kCodes, {41}}}, {binary(XQ_ADD, 0, 1), unary(op, 2)});
  }
  add_case(cases, random, "gate", {{kCodes, {2, 270}}, {kCodes, {2, 270}}},
           {unary(XQ_SIGMOID, 1), binary(XQ_MUL, 0, 2)});
  add_case(cases, random, "one element", {{kCodes, {}}, {kReals, {1, 1}}}, {binary(XQ_MUL, 0, 1)});
  add_case(cases, random, "nothing", {{kCodes, {0, 3}}, {kReals, {3}}}, {binary(XQ_MUL, 0, 1)});
}

}  // namespace xquant::int8_test
