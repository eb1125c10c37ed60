#include <gtest/gtest.h>

#include <algorithm>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/product_oracle.h"

namespace xquant::int8_test {
namespace {

TEST(MixedGemm, EqualsNaiveLoopsForEveryPairOfTypesAndZeroPoints) {
  Random random(30);
  for (size_t tail = 1; tail <= 67; ++tail) {
    const xq_gemm shape = {static_cast<size_t>(random.between(1, 9)), tail,
                           static_cast<size_t>(random.between(1, 40))};
    const Codes x = random_codes(random, shape.m * shape.k, random_type(random));
    const int32_t zx = random_zero_point(random, x.type);
    const Weights w = random_weights(random, shape.k * shape.n, shape.n);
    const auto bias = random.s32s(random.between(0, 1) ? shape.n : 0, -9000, 9000);
    const auto expected = exact_gemm(shape, x, zx, w, bias);
    const auto m = random.positives(random.between(0, 1) ? shape.n : 1, -16, -8);
    const xq_type type = random_type(random);
    const int32_t zy = random_zero_point(random, type);
    const xq_requant to = {m.data(), m.size(), zy, xq_type_min(type), xq_type_max(type), nullptr};
    with_every_isa([&] {
      auto packed = aligned_memory(xq_gemm_packed_size(&shape));
      auto workspace = aligned_memory(xq_gemm_workspace_size(&shape));
      const xq_weights weights = w.view();
      xq_gemm_pack_weights(&shape, &weights, shape.n, 1, packed.data());
      const xq_codes codes = x.view(zx);
      const int32_t* b = bias.empty() ? nullptr : bias.data();
      std::vector<int32_t> acc(expected.size());
      xq_gemm_s32(&shape, &codes, packed.data(), b, acc.data(), workspace.data());
      ASSERT_EQ(acc, expected);
      Codes y{std::vector<uint8_t>(acc.size()), type};
      xq_gemm_q8(&shape, &codes, packed.data(), b, &to, type, y.bytes.data(), workspace.data());
      for (size_t i = 0; i < acc.size(); ++i) {
        const float multiplier = m[m.size() == 1 ? 0 : i % shape.n];
        ASSERT_EQ(y.at(i), exact_requantize(acc[i], multiplier, zy, to.qmin, to.qmax));
      }
    });
  }
}

struct Batches {
  std::vector<size_t> a, b;
};

size_t product(const std::vector<size_t>& dims) {
  size_t n = 1;
  for (const size_t d : dims) n *= d;
  return n;
}

// Matrix number `i` of the broadcast result, in an operand with these leading dimensions.
size_t matrix_of(const std::vector<size_t>& dims, const std::vector<size_t>& out, size_t i) {
  size_t at = 0, rest = i;
  std::vector<size_t> index(out.size());
  for (size_t d = out.size(); d-- > 0;) index[d] = rest % out[d], rest /= out[d];
  for (size_t d = 0; d < out.size(); ++d) at = at * dims[d] + (dims[d] == 1 ? 0 : index[d]);
  return at;
}

void expect_exact_matmul(Random& random, const Batches& batches, size_t m, size_t n, size_t k) {
  xq_matmul shape = {m, n, k, batches.a.size(), {}, {}};
  std::copy(batches.a.begin(), batches.a.end(), shape.a_batch);
  std::copy(batches.b.begin(), batches.b.end(), shape.b_batch);
  std::vector<size_t> out;
  for (size_t d = 0; d < batches.a.size(); ++d) {
    out.push_back(batches.a[d] == 1 ? batches.b[d] : batches.a[d]);
  }
  const Codes a = random_codes(random, product(batches.a) * m * k, random_type(random));
  const int32_t za = random_zero_point(random, a.type);
  const Weights b = random_weights(random, product(batches.b) * k * n, n);
  std::vector<int32_t> expected;
  for (size_t i = 0; i < product(out); ++i) {
    const auto part = [](const Codes& all, size_t matrix, size_t size) {
      const auto first = all.bytes.begin() + static_cast<ptrdiff_t>(matrix * size);
      return Codes{{first, first + static_cast<ptrdiff_t>(size)}, all.type};
    };
    const Weights w{part(b.codes, matrix_of(batches.b, out, i), k * n), b.zero_points};
    const auto one = exact_gemm({m, n, k}, part(a, matrix_of(batches.a, out, i), m * k), za, w, {});
    expected.insert(expected.end(), one.begin(), one.end());
  }
  const float multiplier = 0.003f;
  const xq_requant to = {&multiplier, 1, 7, -100, 120, nullptr};
  with_every_isa([&] {
    ASSERT_EQ(xq_matmul_batch(&shape), product(out));
    auto workspace = aligned_memory(xq_matmul_workspace_size(&shape));
    const xq_codes codes = a.view(za);
    const xq_weights weights = b.view();
    std::vector<int32_t> acc(expected.size());
    xq_matmul_s32(&shape, &codes, &weights, acc.data(), workspace.data());
    ASSERT_EQ(acc, expected);
    std::vector<int8_t> y(expected.size());
    xq_matmul_q8(&shape, &codes, &weights, &to, XQ_S8, y.data(), workspace.data());
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_EQ(y[i], exact_requantize(acc[i], multiplier, 7, -100, 120));
    }
  });
}

TEST(MatMul, EqualsNaiveLoopsWithBroadcastLeadingDimensions) {
  Random random(31);
  const Batches cases[] = {{{}, {}},
                           {{3}, {3}},
                           {{3}, {1}},
                           {{1}, {4}},
                           {{2, 3}, {2, 3}},
                           {{2, 1}, {1, 3}},
                           {{1, 3}, {2, 1}},
                           {{2, 3}, {1, 1}},
                           {{1, 1}, {2, 2}},
                           {{0}, {1}},
                           {{2, 1, 3}, {1, 2, 3}}};
  for (const Batches& batches : cases) {
    ASSERT_NO_FATAL_FAILURE(expect_exact_matmul(random, batches, 5, 17, 9));
    ASSERT_NO_FATAL_FAILURE(expect_exact_matmul(random, batches, 1, 3, 34));
  }
}

TEST(MatMul, IsExactAtTheDeepestAsymmetricSum) {
  const xq_matmul shape = {1, 1, XQ_MAX_DEPTH_ASYMMETRIC, 0, {}, {}};
  const std::vector<uint8_t> a(shape.k, 255), b(shape.k, 255);
  const int32_t zero = 0;
  const xq_codes codes = {a.data(), XQ_U8, 0};
  const xq_weights weights = {b.data(), XQ_U8, &zero, 1};
  with_every_isa([&] {
    auto workspace = aligned_memory(xq_matmul_workspace_size(&shape));
    int32_t acc = 0;
    xq_matmul_s32(&shape, &codes, &weights, &acc, workspace.data());
    EXPECT_EQ(acc, 255 * 255 * XQ_MAX_DEPTH_ASYMMETRIC);
  });
}

}  // namespace
}  // namespace xquant::int8_test
