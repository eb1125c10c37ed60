#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Real : CaseMaker {
  void binary() {
    c.op = Operator::kBinary;
    add(source.between(XQ_ADD, XQ_PRELU));
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
    c.op = source.between(0, 1) ? Operator::kSoftmax : Operator::kLogSoftmax;
    const int32_t length = source.between(1, 100), inner = source.between(1, 3);
    for (const int32_t v : {2, length, inner}) add(v);
    const xq_type x = quant();
    quant();
    codes(static_cast<size_t>(2 * length * inner), x);
  }

  // Functions with alpha and beta in [1/8, 16); tables of types of 8 bit.
  void unary(bool table) {
    c.op = table ? Operator::kTable : Operator::kUnary;
    add(source.between(XQ_RELU, XQ_SOFTSIGN));
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
  switch (source.between(0, 4)) {
    case 0:
      maker.binary();
      break;
    case 1:
      maker.unary(false);
      break;
    case 2:
      maker.unary(true);
      break;
    case 3:
      maker.softmax();
      break;
    default:
      maker.norm();
      break;
  }
  return maker.c;
}

}  // namespace xquant::int8_test
