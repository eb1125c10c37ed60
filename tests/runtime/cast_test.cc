#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "runtime/ops/half.h"
#include "runtime/program.h"

namespace xquant::runtime {
namespace {

Tensor cast(const Tensor& from, DataType to) {
  Node node{.name = "cast", .op_type = "Cast", .outputs = {ValueId(0)}};
  node.attributes = {{"to", static_cast<std::int64_t>(to)}};
  const Tensor* operands[] = {&from};
  return evaluate(node, {{"", 13}}, operands).at(0);
}

TEST(Half, EveryValueSurvivesTheWayToFloatAndBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0) continue;  // NaN
    ASSERT_EQ(ops::to_half(ops::from_half(half)), half);
    ASSERT_EQ(ops::to_bfloat16(ops::from_bfloat16(half)), half);
  }
}

TEST(Half, RoundsHalvesToEven) {
  EXPECT_EQ(ops::to_half(1.0f + 0x1p-11f), 0x3c00);             // tie, even below
  EXPECT_EQ(ops::to_half(1.0f + 3 * 0x1p-11f), 0x3c02);         // tie, even above
  EXPECT_EQ(ops::to_half(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);  // beyond the tie
  EXPECT_EQ(ops::to_half(65519.0f), 0x7bff);
  EXPECT_EQ(ops::to_half(65520.0f), 0x7c00);
  EXPECT_EQ(ops::to_half(0x1p-25f), 0x0000);
  EXPECT_EQ(ops::to_half(0x1.8p-25f), 0x0001);
  EXPECT_EQ(ops::to_half(-0.0f), 0x8000);
}

TEST(Cast, SaturatesFloatsThatDoNotFit) {
  const Tensor x =
      Tensor::of<float>({6}, std::vector<float>{300.0f, -1.9f, -129.5f, INFINITY, -INFINITY, NAN});
  const Tensor y = cast(x, DataType::kInt8);
  const std::vector<std::int8_t> expected{127, -1, -128, 127, -128, 0};
  EXPECT_EQ(std::vector<std::int8_t>(y.data<std::int8_t>().begin(), y.data<std::int8_t>().end()),
            expected);
  EXPECT_EQ(cast(x, DataType::kInt64).data<std::int64_t>()[3], INT64_MAX);
  EXPECT_EQ(cast(x, DataType::kUint8).data<std::uint8_t>()[1], 0);
}

TEST(Cast, BoolIsWhatIsNotZero) {
  const Tensor x = Tensor::of<float>({3}, std::vector<float>{0.25f, 0.0f, -3.0f});
  const Tensor y = cast(x, DataType::kBool);
  EXPECT_TRUE(y.data<bool>()[0]);
  EXPECT_FALSE(y.data<bool>()[1]);
  EXPECT_TRUE(y.data<bool>()[2]);
}

TEST(Pow, SaturatesPowersThatDoNotFitAsCastDoes) {
  const Tensor base = Tensor::of<std::int8_t>({4}, {3, -3, 2, -2});
  const Tensor exponent = Tensor::of<float>({4}, std::vector<float>{5.0f, 5.0f, 6.0f, 0.5f});
  const Node node{.name = "pow", .op_type = "Pow", .outputs = {ValueId(0)}};
  const Tensor* operands[] = {&base, &exponent};
  const Tensor y = evaluate(node, {{"", 15}}, operands).at(0);
  const std::vector<std::int8_t> expected{127, -128, 64, 0};  // 243, -243, 64, NaN
  EXPECT_EQ(std::vector<std::int8_t>(y.data<std::int8_t>().begin(), y.data<std::int8_t>().end()),
            expected);
}

}  // namespace
}  // namespace xquant::runtime
