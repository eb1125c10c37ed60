#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "int8/xq_int8.h"
#include "runtime/math/math.h"
#include "runtime/program.h"

// core/int8 knows no other module and has elementary functions of its own. They must have the bits
// of core/runtime's, so that a table of codes equals the float operator between a pair of
// quantizers.
namespace xquant::runtime {
namespace {

using Function = void (*)(const float*, float*, std::size_t);

void expect_same_bits(xq_unary_op op, Function function) {
  std::vector<float> x;
  for (std::uint32_t bits = 0; bits < 0xFFFF0000u; bits += 40009) {
    x.push_back(std::bit_cast<float>(bits));
  }
  std::vector<float> ours(x.size()), theirs(x.size());
  function(x.data(), ours.data(), x.size());
  const xq_unary_function f = {op, 1.0f, 0.0f};
  xq_unary_f32(&f, x.data(), x.size(), theirs.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (ours[i] != ours[i] && theirs[i] != theirs[i]) continue;  // NaN of any payload
    ASSERT_EQ(std::bit_cast<std::uint32_t>(ours[i]), std::bit_cast<std::uint32_t>(theirs[i]))
        << "operation " << op << " at " << x[i];
  }
}

TEST(Int8Functions, HaveTheBitsOfTheFloatOperators) {
  expect_same_bits(XQ_EXP, math::exp);
  expect_same_bits(XQ_LOG, math::log);
  expect_same_bits(XQ_TANH, math::tanh);
  expect_same_bits(XQ_SIGMOID, math::sigmoid);
  expect_same_bits(XQ_SOFTPLUS, math::softplus);
  expect_same_bits(XQ_ERF, math::erf);
}

TEST(Int8Functions, HaveTheBitsOfTheFloatPowers) {
  std::vector<float> x, y;
  for (std::uint32_t i = 0; i < 300000; ++i) {
    x.push_back(std::bit_cast<float>((i * 2654435761u) % 0xFFFF0000u));
    y.push_back(i % 3 == 0 ? static_cast<float>(static_cast<int>(i % 23) - 11)
                           : std::bit_cast<float>(0x3C000000u + (i * 40503u) % 0x06000000u));
  }
  std::vector<float> ours(x.size());
  math::pow(x.data(), y.data(), ours.data(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (y[i] == 2.0f) continue;  // a product
    const xq_step step = {XQ_STEP_BINARY, {}, XQ_POW, 0, XQ_STEP_CONSTANT, &y[i], 1, 0};
    const xq_stage stage = {&step, 1, 1.0f, nullptr};
    float theirs = 0;
    xq_stage_f32(&stage, &x[i], 1, 1, 1, &theirs);
    if (ours[i] != ours[i] && theirs != theirs) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(ours[i]), std::bit_cast<std::uint32_t>(theirs))
        << x[i] << " to the power of " << y[i];
  }
}

TEST(Int8Functions, PowersOfTwoAreProductsBesideOthers) {
  std::vector<float> x, y;
  for (int i = 0; i < 4000; ++i) {
    x.push_back(static_cast<float>(4097 + i));  // squares of 25 and 26 bits: some are ties
    y.push_back(i % 2 == 0 ? 2.0f : 3.0f);
  }
  const Tensor base = Tensor::of<float>({4000}, x), exponent = Tensor::of<float>({4000}, y);
  const Tensor* operands[] = {&base, &exponent};
  const Node node{.name = "pow", .op_type = "Pow", .outputs = {ValueId{0}}};
  const Tensor result = evaluate(node, {{"", 17}}, operands)[0];
  for (std::size_t i = 0; i < x.size(); i += 2)
    ASSERT_EQ(result.data<float>()[i], x[i] * x[i]) << x[i];
}

}  // namespace
}  // namespace xquant::runtime
