#include "graph/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "graph/graph.h"

namespace xquant {
namespace {

TEST(Tensor, SharesItsBytesBetweenCopiesAndShapes) {
  const Tensor a = Tensor::of<float>({2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const Tensor b = a.reshaped({3, 2});
  EXPECT_EQ(a.storage(), b.storage());
  EXPECT_EQ(b.shape(), (Shape{3, 2}));
  EXPECT_FALSE(a == b);
  EXPECT_THROW(a.reshaped({7}), Error);
}

TEST(Tensor, MayBeEmptyOrScalar) {
  EXPECT_EQ(Tensor::scalar<std::int64_t>(5).size(), 1);
  const Tensor none = Tensor::of<float>({0, 3}, std::vector<float>{});
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(none.data<float>().empty());
  EXPECT_EQ(none, Tensor::of<float>({0, 3}, std::vector<float>{}));
}

TEST(Tensor, ComparesBits) {
  EXPECT_FALSE(Tensor::scalar(0.0F) == Tensor::scalar(-0.0F));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(Tensor::scalar(nan) == Tensor::scalar(nan));
}

TEST(Tensor, IsNotReadAsAnotherType) {
  EXPECT_THROW(Tensor::scalar(1.0F).data<std::int32_t>(), Error);
  EXPECT_THROW(Tensor::scalar(1.0F).string_data(), Error);
}

TEST(Tensor, RefusesBytesThatDoNotFit) {
  EXPECT_THROW(Tensor(DataType::kFloat, {2}, std::string(7, 'x')), Error);
  EXPECT_THROW(Tensor(DataType::kFloat, {-1, -2}, std::string(8, 'x')), Error);
  EXPECT_EQ(Tensor(DataType::kInt4, {3}, std::string(2, 'x')).size(), 3);
}

TEST(DataTypes, KnowTheirSizes) {
  EXPECT_EQ(byte_size(DataType::kInt4, 5), 3U);
  EXPECT_EQ(byte_size(DataType::kInt2, 5), 2U);
  EXPECT_EQ(byte_size(DataType::kComplex128, 2), 32U);
  EXPECT_EQ(byte_size(DataType::kString, 9), 0U);
  EXPECT_EQ(name(DataType::kFloat8E8M0), "float8e8m0");
  EXPECT_EQ(name(static_cast<DataType>(99)), "undefined");
}

}  // namespace
}  // namespace xquant
