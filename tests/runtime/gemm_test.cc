#include "runtime/gemm/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "runtime/every_target.h"
#include "runtime/random.h"

namespace xquant::runtime::gemm {
namespace {

struct Sizes {
  std::size_t m, n, k;
};

constexpr Sizes kSizes[] = {{1, 1, 1},    {1, 1000, 64}, {3, 5, 7},    {4, 16, 256},   {5, 33, 257},
                            {7, 511, 31}, {8, 513, 300}, {129, 17, 3}, {133, 65, 520}, {2, 1, 1025},
                            {64, 49, 64}, {9, 600, 0},   {6, 0, 5}};

/// The definition: three plain loops.
std::vector<float> by_definition(const Sizes& s, const std::vector<float>& a,
                                 const std::vector<float>& b, const float* bias,
                                 const Bounds& bounds = {}) {
  std::vector<float> c(s.m * s.n);
  for (std::size_t i = 0; i < s.m; ++i) {
    for (std::size_t j = 0; j < s.n; ++j) {
      float sum = 0.0f;
      for (std::size_t k = 0; k < s.k; ++k) {
        const float product = a[i * s.k + k] * b[k * s.n + j];
        sum = sum + product;
      }
      const float value = bias != nullptr ? sum + bias[i] : sum;
      c[i * s.n + j] = std::clamp(value, bounds.low, bounds.high);
    }
  }
  return c;
}

std::vector<float> product_of(const Sizes& s, const std::vector<float>& a,
                              const std::vector<float>& b, const float* bias, bool packed_once,
                              const Bounds& bounds = {}) {
  std::vector<float> packed(s.m * s.k), c(s.m * s.n, -1.0f);
  pack_rows(Matrix{a.data(), s.m, s.k, s.k, 1}, packed.data());
  const Product product{s.m, s.n, s.k, packed.data(), c.data(), s.n, bias, bounds};
  const Matrix right{b.data(), s.k, s.n, s.n, 1};
  std::vector<float> scratch(packed_once ? tile_scratch_floats() : scratch_floats(s.n, s.k));
  if (packed_once) {
    multiply(product, PackedColumns(right), scratch);
  } else {
    multiply(product, MatrixPanels(right), scratch);
  }
  return c;
}

void expect_same_bits(const std::vector<float>& got, const std::vector<float>& expected,
                      const std::string& what) {
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  EXPECT_TRUE(std::ranges::equal(got, expected, {}, bits, bits)) << what;
}

TEST(Gemm, HasTheBitsOfThreePlainLoopsOnEveryInstructionSet) {
  on_every_target([](const std::string& target) {
    Random random(1);
    for (const Sizes& s : kSizes) {
      const auto a = random.numbers(s.m * s.k), b = random.numbers(s.k * s.n),
                 bias = random.numbers(s.m);
      const std::string what = target + " " + std::to_string(s.m) + "x" + std::to_string(s.n) +
                               "x" + std::to_string(s.k);
      expect_same_bits(product_of(s, a, b, nullptr, false), by_definition(s, a, b, nullptr), what);
      expect_same_bits(product_of(s, a, b, bias.data(), false), by_definition(s, a, b, bias.data()),
                       what);
      expect_same_bits(product_of(s, a, b, bias.data(), true), by_definition(s, a, b, bias.data()),
                       what + " packed once");
      const Bounds bounds{-0.125f, 0.5f};
      for (const bool packed_once : {false, true}) {
        expect_same_bits(product_of(s, a, b, bias.data(), packed_once, bounds),
                         by_definition(s, a, b, bias.data(), bounds), what + " within bounds");
      }
    }
  });
}

TEST(Gemm, TakesTransposedMatrices) {
  const Sizes s{6, 21, 10};
  Random random(2);
  const auto a = random.numbers(s.m * s.k), b = random.numbers(s.k * s.n);
  std::vector<float> a_transposed(a.size()), b_transposed(b.size());
  for (std::size_t i = 0; i < s.m; ++i) {
    for (std::size_t k = 0; k < s.k; ++k) a_transposed[k * s.m + i] = a[i * s.k + k];
  }
  for (std::size_t k = 0; k < s.k; ++k) {
    for (std::size_t j = 0; j < s.n; ++j) b_transposed[j * s.k + k] = b[k * s.n + j];
  }
  std::vector<float> packed(a.size()), c(s.m * s.n), scratch(scratch_floats(s.n, s.k));
  pack_rows(Matrix{a_transposed.data(), s.m, s.k, 1, s.m}, packed.data());
  multiply({s.m, s.n, s.k, packed.data(), c.data(), s.n},
           MatrixPanels(Matrix{b_transposed.data(), s.k, s.n, 1, s.k}), scratch);
  expect_same_bits(c, by_definition(s, a, b, nullptr), "transposed");
}

}  // namespace
}  // namespace xquant::runtime::gemm
