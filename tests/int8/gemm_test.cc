#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

std::vector<int32_t> gemm_s32(const xq_gemm& shape, const int8_t* x, int32_t zx,
                              const std::vector<int8_t>& w, const std::vector<int32_t>& bias) {
  auto packed = aligned_memory(xq_gemm_packed_size(&shape));
  auto workspace = aligned_memory(xq_gemm_workspace_size(&shape));
  xq_gemm_pack(&shape, w.data(), shape.n, 1, packed.data());
  std::vector<int32_t> acc(shape.m * shape.n);
  xq_gemm_s8_s32(&shape, x, zx, packed.data(), bias.empty() ? nullptr : bias.data(), acc.data(),
                 workspace.data());
  return acc;
}

// Both results of one random product with every implementation; tensors at odd addresses.
void expect_exact_gemm(Random& random, const xq_gemm& shape) {
  const std::vector<int8_t> x = random.s8s(shape.m * shape.k);
  const std::vector<int8_t> w = random.s8s(shape.k * shape.n);
  const int32_t zx = random.s8();
  const bool has_bias = random.between(0, 3) != 0;
  const auto bias = random.s32s(has_bias ? shape.n : 0, -100000, 100000);
  const auto m = random.positives(random.between(0, 1) ? shape.n : 1, -16, -8);
  const int32_t zy = random.s8();
  const xq_requant to = {m.data(), m.size(), zy, -128, 127, nullptr};
  const std::vector<int32_t> acc = exact_gemm(shape, x, zx, w, bias);
  const size_t shift = static_cast<size_t>(random.between(0, 15));
  Guarded<int8_t> odd_x(x.size(), shift);
  std::copy(x.begin(), x.end(), odd_x.data());
  with_every_isa([&] {
    ASSERT_EQ(gemm_s32(shape, odd_x.data(), zx, w, bias), acc);
    auto packed = aligned_memory(xq_gemm_packed_size(&shape));
    auto workspace = aligned_memory(xq_gemm_workspace_size(&shape));
    xq_gemm_pack(&shape, w.data(), shape.n, 1, packed.data());
    Guarded<int8_t> y(acc.size(), shift + 1);
    xq_gemm_s8(&shape, odd_x.data(), zx, packed.data(), has_bias ? bias.data() : nullptr, &to,
               y.data(), workspace.data());
    ASSERT_TRUE(y.intact());
    for (size_t i = 0; i < acc.size(); ++i) {
      const float multiplier = m[m.size() == 1 ? 0 : i % shape.n];
      ASSERT_EQ(y.data()[i], exact_requantize(acc[i], multiplier, zy, -128, 127)) << i;
    }
  });
}

TEST(Gemm, EqualsNaiveLoopsForEveryTail) {
  Random random(8);
  const auto size = [&] { return static_cast<size_t>(random.between(1, 40)); };
  for (size_t tail = 1; tail <= 67; ++tail) {
    for (const xq_gemm& shape : {xq_gemm{tail, size(), size()}, xq_gemm{size(), tail, size()},
                                 xq_gemm{size(), size(), tail}, xq_gemm{1, tail, tail}}) {
      SCOPED_TRACE(testing::Message() << shape.m << " " << shape.n << " " << shape.k);
      ASSERT_NO_FATAL_FAILURE(expect_exact_gemm(random, shape));
    }
  }
}

TEST(Gemm, EqualsNaiveLoopsAcrossBlocks) {
  Random random(9);
  ASSERT_NO_FATAL_FAILURE(expect_exact_gemm(random, {130, 200, 33}));
  ASSERT_NO_FATAL_FAILURE(expect_exact_gemm(random, {65, 64, 129}));
  ASSERT_NO_FATAL_FAILURE(expect_exact_gemm(random, {3, 5, 2000}));
}

TEST(Gemm, IsEmptyWithoutRowsOrColumns) {
  const std::vector<int8_t> w(7);
  with_every_isa([&] {
    EXPECT_TRUE(gemm_s32({0, 7, 1}, w.data(), 0, w, {}).empty());
    EXPECT_TRUE(gemm_s32({7, 0, 1}, w.data(), 0, w, {}).empty());
  });
}

TEST(Gemm, IsExactAtTheDeepestSum) {
  const xq_gemm shape = {1, 2, XQ_MAX_DEPTH};
  const std::vector<int8_t> x(shape.k, 127);
  std::vector<int8_t> w(shape.k * 2, -128);
  for (size_t k = 0; k < shape.k; ++k) w[2 * k + 1] = 127;
  const std::vector<int32_t> expected = {-255 * 128 * XQ_MAX_DEPTH, 255 * 127 * XQ_MAX_DEPTH};
  with_every_isa([&] { EXPECT_EQ(gemm_s32(shape, x.data(), -128, w, {}), expected); });
}

TEST(Gemm, WrapsWhenTheBiasOverflows) {
  const xq_gemm shape = {1, 1, 2};
  const int32_t highest = std::numeric_limits<int32_t>::max();
  with_every_isa([&] {
    const std::vector<int8_t> x = {-128, -128};
    const std::vector<int8_t> w = {-128, -128};
    EXPECT_EQ(gemm_s32(shape, x.data(), 0, w, {highest})[0],
              std::numeric_limits<int32_t>::min() + 2 * 16384 - 1);
  });
}

TEST(Gemm, PacksTransposedWeights) {
  Random random(10);
  const xq_gemm shape = {5, 19, 23};
  const std::vector<int8_t> x = random.s8s(shape.m * shape.k);
  const std::vector<int8_t> w = random.s8s(shape.k * shape.n);
  std::vector<int8_t> transposed(w.size());
  for (size_t i = 0; i < w.size(); ++i) transposed[i % shape.n * shape.k + i / shape.n] = w[i];
  with_every_isa([&] {
    auto a = aligned_memory(xq_gemm_packed_size(&shape));
    auto b = a;
    xq_gemm_pack(&shape, w.data(), shape.n, 1, a.data());
    xq_gemm_pack(&shape, transposed.data(), 1, shape.k, b.data());
    EXPECT_EQ(a, b);
  });
}

}  // namespace
}  // namespace xquant::int8_test
