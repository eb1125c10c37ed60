#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace xquant::int8_test {

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers with every compiler and library, which
// <random>'s distributions do not promise.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t bits() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Both ends included.
  int32_t between(int32_t low, int32_t high) {
    const uint64_t count = static_cast<uint64_t>(int64_t{high} - low) + 1;
    return static_cast<int32_t>(low + static_cast<int64_t>(bits() % count));
  }

  // 2^low_exponent <= result < 2^(high_exponent + 1), every mantissa.
  float positive(int low_exponent, int high_exponent) {
    const auto exponent = static_cast<uint32_t>(between(low_exponent, high_exponent) + 127);
    const auto mantissa = static_cast<uint32_t>(bits() >> 41);
    return std::bit_cast<float>(exponent << 23 | mantissa);
  }

  // Any bit pattern: denormals, infinities and NaN among them.
  float any_float() { return std::bit_cast<float>(static_cast<uint32_t>(bits())); }

  // int8 with more than a fair share of the ends of the range.
  int8_t s8() {
    const uint64_t kind = bits() % 8;
    if (kind == 0) return -128;
    if (kind == 1) return 127;
    return static_cast<int8_t>(bits());
  }

  std::vector<int8_t> s8s(size_t n) {
    std::vector<int8_t> values(n);
    for (int8_t& v : values) v = s8();
    return values;
  }

  std::vector<int32_t> s32s(size_t n, int32_t low, int32_t high) {
    std::vector<int32_t> values(n);
    for (int32_t& v : values) v = between(low, high);
    return values;
  }

  std::vector<float> positives(size_t n, int low_exponent, int high_exponent) {
    std::vector<float> values(n);
    for (float& v : values) v = positive(low_exponent, high_exponent);
    return values;
  }

 private:
  uint64_t state_;
};

}  // namespace xquant::int8_test
