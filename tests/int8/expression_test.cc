#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

// Expressions against each element by itself: what the operands are there, the operations one
// after the other, one rounding.
namespace xquant::int8_test {
namespace {

// Operands with their data.
class Operands {
 public:
  explicit Operands(unsigned seed) : random_(seed) {}

  Operands& codes(xq_type type, const xq_shape& shape) {
    coded_.push_back(
        random_coded(random_, random_quant(random_, type, -6, -3), xq_shape_elements(&shape)));
    return add({XQ_OPERAND_CODES, nullptr, coded_.back().quant, shape}, coded_.size() - 1);
  }
  Operands& reals(const xq_shape& shape) {
    std::vector<float> values(xq_shape_elements(&shape));
    for (float& v : values) v = static_cast<float>(random_.between(-999, 999)) / 256.0f;
    reals_.push_back(values);
    return add({XQ_OPERAND_REALS, nullptr, {}, shape}, reals_.size() - 1);
  }
  Operands& flags(const xq_shape& shape) {
    std::vector<uint8_t> values(xq_shape_elements(&shape));
    for (uint8_t& v : values) v = static_cast<uint8_t>(random_.between(0, 2));
    flags_.push_back(values);
    return add({XQ_OPERAND_FLAGS, nullptr, {}, shape}, flags_.size() - 1);
  }

  // f: the real result from the operands' reals at one place.
  template <typename F>
  void expect(const std::vector<xq_step>& steps, xq_type type, F f) {
    for (size_t o = 0; o < list_.size(); ++o) list_[o].data = data(o);
    xq_shape shape;
    ASSERT_TRUE(xq_expression_shape(list_.data(), list_.size(), &shape));
    const xq_quant to = random_quant(random_, type, -6, -3);
    with_every_isa([&] {
      Coded z(to, xq_shape_elements(&shape));
      const size_t reported =
          xq_expression(list_.data(), list_.size(), steps.data(), steps.size(), &to, z.data());
      size_t nans = 0;
      for (size_t i = 0; i < z.size; ++i) {
        std::vector<float> x;
        for (size_t o = 0; o < list_.size(); ++o)
          x.push_back(real(o, source_of(list_[o].shape, shape, i)));
        const float real = f(x);
        nans += std::isnan(real) ? 1 : 0;
        ASSERT_EQ(z.at(i), quantized(real, to)) << "element " << i;
      }
      ASSERT_EQ(reported, nans);
    });
  }

 private:
  Operands& add(const xq_operand& operand, size_t place) {
    list_.push_back(operand);
    places_.push_back(place);
    return *this;
  }
  const void* data(size_t o) const {
    if (list_[o].kind == XQ_OPERAND_CODES) return coded_[places_[o]].data();
    if (list_[o].kind == XQ_OPERAND_REALS) return reals_[places_[o]].data();
    return flags_[places_[o]].data();
  }
  float real(size_t o, size_t i) const {
    if (list_[o].kind == XQ_OPERAND_CODES) return coded_[places_[o]].real(i);
    if (list_[o].kind == XQ_OPERAND_REALS) return reals_[places_[o]][i];
    return flags_[places_[o]][i] != 0 ? 1.0f : 0.0f;
  }

  Random random_;
  std::vector<Coded> coded_;
  std::vector<std::vector<float>> reals_;
  std::vector<std::vector<uint8_t>> flags_;
  std::vector<xq_operand> list_;
  std::vector<size_t> places_;
};

xq_step unary(xq_unary_op op, int a, float alpha = 0) {
  return {XQ_STEP_UNARY, {op, alpha, 0}, XQ_ADD, a, 0, nullptr, 0, 0};
}
xq_step binary(xq_binary_op op, int a, int b) {
  return {XQ_STEP_BINARY, {XQ_RELU, 0, 0}, op, a, b, nullptr, 0, 0};
}
xq_step select(int a, int b, int c) {
  return {XQ_STEP_SELECT, {XQ_RELU, 0, 0}, XQ_ADD, a, b, nullptr, 0, c};
}

using Reals = std::vector<float>;

TEST(Expression, AddsSeveralTensorsFromLeftToRight) {
  for (size_t n = 1; n <= 67; ++n) {
    Operands operands(static_cast<unsigned>(300 + n));
    operands.codes(XQ_S8, {2, {2, n}}).codes(XQ_U8, {1, {n}}).codes(XQ_S16, {2, {2, 1}});
    ASSERT_NO_FATAL_FAILURE(
        operands.expect({binary(XQ_ADD, 0, 1), binary(XQ_ADD, 3, 2)}, XQ_S8, [](const Reals& x) {
          const float sum = x[0] + x[1];
          return sum + x[2];
        }));
  }
}

TEST(Expression, ChoosesByFlagsThatBroadcast) {
  const xq_shape flags[] = {{3, {2, 1, 300}}, {1, {300}}, {0, {}}, {3, {2, 3, 1}}};
  for (const xq_shape& shape : flags) {
    Operands operands(310);
    operands.flags(shape).codes(XQ_U8, {3, {2, 3, 300}}).reals({2, {3, 1}});
    ASSERT_NO_FATAL_FAILURE(operands.expect(
        {select(0, 1, 2)}, XQ_U8, [](const Reals& x) { return x[0] != 0 ? x[1] : x[2]; }));
  }
}

TEST(Expression, TakesRealsOfAnyShape) {
  const xq_shape reals[] = {{4, {2, 3, 4, 5}}, {2, {4, 5}}, {1, {5}},         {3, {1, 4, 1}},
                            {4, {1, 3, 1, 1}}, {0, {}},     {4, {2, 1, 1, 5}}};
  for (const xq_shape& shape : reals) {
    for (const xq_type type : kTypes) {
      Operands operands(320);
      operands.codes(type, {4, {2, 3, 4, 5}}).reals(shape);
      ASSERT_NO_FATAL_FAILURE(operands.expect({binary(XQ_DIV, 0, 1)}, type,
                                              [](const Reals& x) { return x[0] / x[1]; }));
    }
  }
}

TEST(Expression, RepeatsASmallerTensorOfCodesOverReals) {
  Operands operands(330);
  operands.codes(XQ_S8, {2, {3, 1}}).reals({3, {4, 1, 270}});
  ASSERT_NO_FATAL_FAILURE(operands.expect({binary(XQ_MUL, 0, 1), unary(XQ_LEAKY_RELU, 2, 0.1f)},
                                          XQ_S8, [](const Reals& x) {
                                            const float product = x[0] * x[1];
                                            return product < 0 ? 0.1f * product : product;
                                          }));
}

TEST(Expression, CountsWhatIsNoNumber) {
  const int8_t x[3] = {3, 10, -10};
  const float zero = 0;
  const xq_quant quant = xq_quant_of(XQ_S8, 0.5f, 3);
  const xq_operand operands[] = {{XQ_OPERAND_CODES, x, quant, {1, {3}}},
                                 {XQ_OPERAND_REALS, &zero, {}, {0, {}}}};
  const xq_step divide = binary(XQ_DIV, 0, 1);
  int8_t z[3];
  EXPECT_EQ(xq_expression(operands, 2, &divide, 1, &quant, z), 1u);
  EXPECT_EQ(z[0], 3);
  EXPECT_EQ(z[1], 127);
  EXPECT_EQ(z[2], -128);
}

TEST(Expression, TellsShapesThatDoNotBroadcast) {
  const xq_quant quant = xq_quant_of(XQ_S8, 0.5f, 3);
  const xq_operand operands[] = {{XQ_OPERAND_CODES, nullptr, quant, {1, {3}}},
                                 {XQ_OPERAND_CODES, nullptr, quant, {2, {2, 1}}},
                                 {XQ_OPERAND_CODES, nullptr, quant, {1, {4}}}};
  xq_shape shape;
  EXPECT_TRUE(xq_expression_shape(operands, 2, &shape));
  EXPECT_EQ(shape.rank, 2u);
  EXPECT_FALSE(xq_expression_shape(operands, 3, &shape));
}

}  // namespace
}  // namespace xquant::int8_test
