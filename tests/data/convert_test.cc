#include "data/convert.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "base/error.h"
#include "data/golden.h"

namespace xquant::data {
namespace {

template <typename T>
std::vector<T> values(const Tensor& tensor) {
  return {tensor.data<T>().begin(), tensor.data<T>().end()};
}

std::string message_of(const Tensor& tensor, DataType type) {
  try {
    convert(tensor, type);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-DAT-008");
    return error.message();
  }
  return "converted";
}

TEST(Convert, KeepsValuesThatFit) {
  const Tensor ids = Tensor::of<std::int64_t>({3}, {0, 255, 30521});
  EXPECT_EQ(values<float>(convert(ids, DataType::kFloat)), (std::vector<float>{0, 255, 30521}));
  EXPECT_EQ(values<std::int32_t>(convert(ids, DataType::kInt32)),
            (std::vector<std::int32_t>{0, 255, 30521}));
  const Tensor whole = Tensor::of<float>({2}, {-3.0f, 127.0f});
  EXPECT_EQ(values<std::int8_t>(convert(whole, DataType::kInt8)),
            (std::vector<std::int8_t>{-3, 127}));
}

TEST(Convert, RoundsBetweenFloatingTypes) {
  const Tensor tensor = Tensor::of<double>({1}, {0.1});
  EXPECT_EQ(values<float>(convert(tensor, DataType::kFloat)), std::vector<float>{0.1f});
}

TEST(Convert, NamesTheValueThatDoesNotFit) {
  EXPECT_EQ(message_of(Tensor::of<std::int64_t>({2}, {1, 256}), DataType::kUint8),
            "The value 256 cannot be stored as uint8.");
  EXPECT_EQ(message_of(Tensor::of<float>({1}, {0.5f}), DataType::kInt64),
            "The value 0.500000 cannot be stored as int64.");
  EXPECT_NE(message_of(Tensor::of<float>({1}, {std::numeric_limits<float>::quiet_NaN()}),
                       DataType::kInt32),
            "converted");
  EXPECT_NE(message_of(Tensor::of<float>({1}, {0x1p63f}), DataType::kInt64), "converted");
  EXPECT_EQ(message_of(Tensor::of<std::int64_t>({1}, {(1 << 24) + 1}), DataType::kFloat),
            "The value 16777217 cannot be stored as float.");
  EXPECT_NE(message_of(Tensor::of<double>({1}, {65520.0}), DataType::kFloat16), "converted");
  EXPECT_NE(message_of(Tensor::of<std::uint8_t>({1}, {2}), DataType::kBool), "converted");
}

TEST(Convert, RoundsToHalfAsNumPyDoes) {
  for (const std::vector<std::string>& line : golden_lines("halves.txt")) {
    const double number = std::strtod(line.at(0).c_str(), nullptr);
    const Tensor half = convert(Tensor::of<double>({1}, {number}), DataType::kFloat16);
    std::uint16_t bits = 0;
    std::copy_n(half.bytes().data(), 2, reinterpret_cast<char*>(&bits));
    EXPECT_EQ(bits, std::stoi(line.at(1))) << line.at(0) << "; " << how_to_regenerate();
  }
}

TEST(Convert, ReadsBackEveryHalf) {
  std::vector<std::uint16_t> all;
  for (int bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7C00) != 0x7C00 || (bits & 0x3FF) == 0)
      all.push_back(static_cast<std::uint16_t>(bits));
  }
  const std::string bytes(reinterpret_cast<const char*>(all.data()), all.size() * 2);
  const Tensor halves(DataType::kFloat16, {static_cast<std::int64_t>(all.size())},
                      std::string(bytes));
  EXPECT_TRUE(convert(convert(halves, DataType::kDouble), DataType::kFloat16) == halves);
  const Tensor brains(DataType::kBfloat16, {static_cast<std::int64_t>(all.size())},
                      std::string(bytes));
  EXPECT_EQ(convert(brains, DataType::kFloat).data<float>()[0x3F80], 1.0f);
}

}  // namespace
}  // namespace xquant::data
