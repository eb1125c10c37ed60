#include "runtime/ops/strided_copy.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace xquant::runtime::ops {
namespace {

Dims dims(const std::vector<std::int64_t>& values) {
  return Dims(std::span<const std::int64_t>(values));
}

/// The definition, element by element.
template <typename T>
std::vector<T> gathered(const std::vector<T>& source, std::int64_t first, const Dims& shape,
                        const Dims& strides) {
  std::vector<T> result;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    std::int64_t at = first, rest = i;
    for (std::size_t d = shape.rank; d-- > 0; rest /= shape[d]) at += rest % shape[d] * strides[d];
    result.push_back(source[static_cast<std::size_t>(at)]);
  }
  return result;
}

template <typename T>
void expect_copied(DataType type, std::int64_t first, const Dims& shape, const Dims& strides) {
  std::vector<T> source(8192);
  std::iota(source.begin(), source.end(), T{0});
  // What lies behind the result stays as it is.
  std::vector<T> result(static_cast<std::size_t>(shape.size()) + 16, T{77});
  std::vector<T> expected = gathered(source, first, shape, strides);
  expected.resize(result.size(), T{77});
  strided_copy(type, source.data(), first, shape, strides, result.data());
  EXPECT_EQ(result, expected) << name(type);
}

void expect_copied(std::int64_t first, const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& strides) {
  SCOPED_TRACE(testing::PrintToString(shape) + " " + testing::PrintToString(strides));
  expect_copied<std::uint8_t>(DataType::kUint8, first, dims(shape), dims(strides));
  expect_copied<std::uint16_t>(DataType::kUint16, first, dims(shape), dims(strides));
  expect_copied<std::uint32_t>(DataType::kUint32, first, dims(shape), dims(strides));
  expect_copied<std::uint64_t>(DataType::kUint64, first, dims(shape), dims(strides));
}

TEST(StridedCopy, transposes_matrices_of_any_size) {
  for (std::int64_t rows = 1; rows <= 19; ++rows) {
    for (std::int64_t columns = 1; columns <= 19; ++columns)
      expect_copied(3, {columns, rows}, {1, columns + 2});
  }
}

TEST(StridedCopy, transposes_within_other_dimensions) {
  expect_copied(0, {3, 9, 17}, {9 * 17, 1, 9});          // each of three matrices
  expect_copied(0, {2, 8, 3, 16}, {8 * 48, 1, 128, 8});  // with a dimension between
  expect_copied(5, {8, 3, 16}, {1, 0, 8});               // that repeats
  expect_copied(0, {11, 9, 10}, {1, 11, 99});            // as Transpose by (2, 1, 0)
  expect_copied(8000, {4, 9, 8}, {-300, 1, -20});        // backwards
}

TEST(StridedCopy, copies_runs_and_single_elements) {
  expect_copied(0, {4, 5, 6}, {100, 10, 1});
  expect_copied(1, {4, 5, 6}, {100, 20, 2});
  expect_copied(7, {4, 5}, {0, 0});
  expect_copied(7, {}, {});
  expect_copied(9, {5}, {-1});
}

}  // namespace
}  // namespace xquant::runtime::ops
