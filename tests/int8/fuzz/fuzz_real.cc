#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Real : CaseMaker {
  void binary() {
    c.op = Operator::kBinary;
    add(source.between(XQ_ADD, XQ_FMOD));
    const int32_t rows = source.between(1, 6), columns = source.between(1, 200);
    const int32_t y_rows = source.between(0, 1) ? rows : 1;
    const int32_t y_columns = source.between(0, 1) ? columns : 1;
    const xq_type x = quant();
    for (const int32_t v : {2, rows, columns}) add(v);
    const xq_type y = quant();
    for (const int32_t v : {2, y_rows, y_columns}) add(v);
    quant();
    codes(static_cast<size_t>(rows * columns), x);
    codes(static_cast<size_t>(y_rows * y_columns), y);
  }

  void softmax() {
    constexpr Operator kKinds[] = {Operator::kSoftmax, Operator::kLogSoftmax, Operator::kHardmax};
    c.op = kKinds[source.between(0, 2)];
    const int32_t length = source.between(1, 100), inner = source.between(1, 3);
    for (const int32_t v : {2, length, inner}) add(v);
    const xq_type x = quant();
    quant();
    codes(static_cast<size_t>(2 * length * inner), x);
  }

  // Kind, operation, no alpha and beta, values.
  void step(int32_t kind, int32_t op, const std::vector<int32_t>& values) {
    for (const int32_t v : {kind, op, 0, 0}) add(v);
    for (const int32_t v : values) add(v);
  }

  // Two tensors of codes, reals of any of their shapes and flags; a choice and two operations.
  void expression() {
    c.op = Operator::kExpression;
    add(4);
    const int32_t rows = source.between(1, 6), columns = source.between(1, 200);
    size_t elements[4];
    xq_type types[4] = {XQ_U8, XQ_U8, XQ_U8, XQ_U8};
    for (int i = 0; i < 4; ++i) {
      add(i == 2 ? XQ_OPERAND_REALS : i == 3 ? XQ_OPERAND_FLAGS : XQ_OPERAND_CODES);
      if (i < 2) types[i] = quant();
      const int32_t r = source.between(0, 1) ? rows : 1, n = source.between(0, 1) ? columns : 1;
      for (const int32_t v : {2, r, n}) add(v);
      elements[i] = static_cast<size_t>(r * n);
    }
    add(3);
    step(XQ_STEP_BINARY, source.between(XQ_ADD, XQ_FMOD), {source.between(0, 2), 1, 0});
    step(XQ_STEP_SELECT, 1, {3, 1, 4});
    step(XQ_STEP_BINARY, source.between(XQ_ADD, XQ_FMOD), {source.between(0, 4), 5, 0});
    quant();
    for (size_t i = 0; i < 4; ++i) {
      std::vector<float> reals(i == 2 ? elements[i] : 0);
      for (float& v : reals) v = source.positive(-4, 4) - 4.0f;
      if (i == 2)
        c.inputs.push_back(bytes_of(reals));
      else
        codes(elements[i], types[i]);
    }
  }

  void vector_norm() {
    c.op = Operator::kVectorNorm;
    add(source.between(XQ_DIVISOR_L1, XQ_DIVISOR_DEVIATION));
    const int32_t length = source.between(1, 300), inner = source.between(1, 3);
    for (const int32_t v : {2, length, inner}) add(v);
    const xq_type x = quant();
    quant();
    codes(static_cast<size_t>(2 * length * inner), x);
  }

  void lrn() {
    c.op = Operator::kLrn;
    add(source.between(1, 7));
    for (int i = 0; i < 3; ++i)
      add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-3, 1))));
    const int32_t channels = source.between(1, 6), inner = source.between(1, 300);
    for (const int32_t v : {2, channels, inner}) add(v);
    const xq_type x = quant();
    quant();
    codes(static_cast<size_t>(2 * channels * inner), x);
  }

  // Functions with alpha and beta in [1/8, 16); tables of types of 8 bit, or of any.
  void unary(Operator op) {
    c.op = op;
    const bool table = op == Operator::kTable;
    add(source.between(XQ_RELU, XQ_TO_CEIL));
    for (int i = 0; i < 2; ++i)
      add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-3, 3))));
    const int32_t n = source.between(1, 200);
    add(n);
    const xq_type x = quant(table);
    quant(table);
    codes(static_cast<size_t>(n), x);
  }

  void norm() {
    c.op = static_cast<Operator>(source.between(static_cast<int>(Operator::kLayerNorm),
                                                static_cast<int>(Operator::kInstanceNorm) + 1));
    if (c.op > Operator::kInstanceNorm) c.op = Operator::kGroupNorm;
    const bool by_channel = c.op == Operator::kInstanceNorm || c.op == Operator::kGroupNorm;
    const int32_t groups = source.between(1, 3), channels = groups * source.between(1, 3);
    const int32_t length = source.between(1, 100);
    if (c.op == Operator::kGroupNorm) add(groups);
    add(2);
    if (by_channel) add(channels);
    add(length);
    add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-20, 0))));
    const xq_type x = quant();
    quant();
    const auto factors = static_cast<size_t>(by_channel ? channels : length);
    codes(static_cast<size_t>(2 * (by_channel ? channels : 1) * length), x);
    std::vector<float> gamma(factors), beta(c.op == Operator::kRmsNorm ? 0 : factors);
    for (float& v : gamma) v = source.positive(-4, 4);
    for (float& v : beta) v = source.positive(-4, 4) - 4.0f;
    c.inputs.push_back(bytes_of(gamma));
    c.inputs.push_back(bytes_of(beta));
  }
};

}  // namespace

int8::VectorCase fuzz_real(ByteSource& source) {
  Real maker{{source}};
  switch (source.between(0, 7)) {
    case 0:
      maker.binary();
      break;
    case 1:
      maker.unary(Operator::kUnary);
      break;
    case 2:
      maker.unary(source.between(0, 3) == 0 ? Operator::kWideTable : Operator::kTable);
      break;
    case 3:
      maker.softmax();
      break;
    case 5:
      maker.vector_norm();
      break;
    case 6:
      maker.lrn();
      break;
    case 4:
      maker.expression();
      break;
    default:
      maker.norm();
      break;
  }
  return maker.c;
}

}  // namespace xquant::int8_test
