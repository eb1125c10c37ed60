#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "int8/every_isa.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

TEST(Isa, OneImplementationIsActiveAndItIsTheFirstAvailable) {
  const std::vector<xq_isa> table = isa_table();
  ASSERT_FALSE(table.empty());
  EXPECT_EQ(std::string(table.back().name), "scalar");
  EXPECT_TRUE(table.back().available);
  const auto first = std::find_if(table.begin(), table.end(), [](auto& i) { return i.available; });
  EXPECT_EQ(std::string(xq_int8_isa()), first->name);
  EXPECT_EQ(std::count_if(table.begin(), table.end(), [](auto& i) { return i.active; }), 1);
}

TEST(Isa, EveryPlatformHasAVectorImplementation) {
#if defined(__wasm__)
  const std::string expected = "wasm_simd128";
#elif defined(__riscv)
  const std::string expected = "rvv";
#elif defined(__x86_64__)
  const std::string expected = "avx2";
#else
  const std::string expected = "scalar";
#endif
  bool compiled = false;
  for (const xq_isa& isa : isa_table()) compiled = compiled || isa.name == expected;
  EXPECT_TRUE(compiled) << expected;
}

TEST(Isa, SelectRefusesUnknownNames) {
  const std::string before = xq_int8_isa();
  EXPECT_FALSE(xq_int8_select("vmadot"));
  EXPECT_EQ(before, xq_int8_isa());
}

#if defined(GTEST_HAS_DEATH_TEST) && !defined(__riscv)
using RequirementsDeathTest = testing::Test;

TEST(RequirementsDeathTest, NameTheBrokenCondition) {
  float x = 0;
  int8_t q = 0;
  EXPECT_DEATH(xq_quantize_f32_s8(&x, 1, 0.0f, 0, &q), "xq_is_scale");
  EXPECT_DEATH(xq_quantize_f32_s8(&x, 1, std::numeric_limits<float>::infinity(), 0, &q),
               "xq_is_scale");
  EXPECT_DEATH(xq_quantize_f32_s8(&x, 1, 1.0f, 128, &q), "xq_is_within");
  const xq_gemm deep = {1, 1, XQ_MAX_DEPTH + 1};
  EXPECT_DEATH(xq_gemm_packed_size(&deep), "XQ_MAX_DEPTH");
  const xq_conv2d uneven = {1, 3, 4, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
  EXPECT_DEATH(xq_conv2d_packed_size(&uneven), "groups");
  const xq_conv2d small = {1, 1, 2, 2, 1, 1, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0};
  EXPECT_DEATH(xq_conv2d_workspace_size(&small), "reach");
}

TEST(RequirementsDeathTest, PackedWeightsBelongToTheirShapeAndImplementation) {
  const xq_gemm shape = {1, 4, 4};
  const xq_gemm other = {1, 4, 3};
  const std::vector<int8_t> w(16);
  std::vector<int32_t> acc(4);
  auto packed = aligned_memory(xq_gemm_packed_size(&shape));
  auto workspace = aligned_memory(xq_gemm_workspace_size(&shape));
  xq_gemm_pack(&shape, w.data(), 4, 1, packed.data());
  EXPECT_DEATH(
      xq_gemm_s8_s32(&other, w.data(), 0, packed.data(), nullptr, acc.data(), workspace.data()),
      "depth");
  const std::string before = xq_int8_isa();
  if (before == "scalar") GTEST_SKIP() << "only one implementation here";
  ASSERT_TRUE(xq_int8_select("scalar"));
  EXPECT_DEATH(
      xq_gemm_s8_s32(&shape, w.data(), 0, packed.data(), nullptr, acc.data(), workspace.data()),
      "kernels");
  ASSERT_TRUE(xq_int8_select(before.c_str()));
}
#endif

}  // namespace
}  // namespace xquant::int8_test
