// The fuzzer's cases from a fixed seed, so that instruction sets without libFuzzer (WebAssembly,
// RISC-V) compute random operators as well: the scalar bytes from every implementation.
#include <gtest/gtest.h>

#include <map>

#include "int8/every_isa.h"
#include "int8/fuzz/fuzz_case.h"
#include "int8/random.h"
#include "int8/vectors/run_case.h"

namespace xquant::int8_test {
namespace {

constexpr int kCases = 3000;

TEST(RandomOperators, HaveTheScalarBytesFromEveryImplementation) {
  Random random(170);
  std::map<std::string, int> seen;
  for (int i = 0; i < kCases; ++i) {
    std::vector<uint8_t> bytes(static_cast<size_t>(random.between(16, 1500)));
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.between(0, 255));
    ByteSource source(bytes.data(), bytes.size());
    const int8::VectorCase c = fuzz_case(source);
    ++seen[operator_name(c.op)];
    const std::string before = xq_int8_isa();
    ASSERT_TRUE(xq_int8_select("scalar"));
    const std::optional<int8::Bytes> expected = int8::run_case(c);
    ASSERT_TRUE(xq_int8_select(before.c_str()));
    ASSERT_TRUE(expected) << "case " << i << " of " << operator_name(c.op)
                          << " contradicts its shape";
    with_every_isa([&] {
      ASSERT_EQ(int8::run_case(c), expected) << "case " << i << " " << operator_name(c.op);
    });
  }
  EXPECT_EQ(seen.size(), 41U);  // all of format.h but the forms of a single type
  for (const auto& [name, count] : seen) EXPECT_GE(count, 5) << name;
}

}  // namespace
}  // namespace xquant::int8_test
