#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "int8/vectors/format.h"

namespace xquant::int8_test {

// Turns the fuzzer's bytes into numbers; zeros when they have run out. Tensors repeat what is left,
// so that a short input still fills them.
class ByteSource {
 public:
  ByteSource(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }
  uint32_t word() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }
  // Both ends included; at most 256 values.
  int32_t between(int32_t low, int32_t high) { return low + byte() % (high - low + 1); }
  int32_t between_wide(int32_t low, int32_t high) {
    return static_cast<int32_t>(low + static_cast<int64_t>(word() % (int64_t{high} - low + 1)));
  }
  // Finite and > 0, any exponent from 2^low on.
  float positive(int low, int high) {
    const auto exponent = static_cast<uint32_t>(between(low, high) + 127);
    return std::bit_cast<float>(exponent << 23 | (word() & 0x7FFFFF));
  }
  int8::Bytes bytes(size_t n) {
    int8::Bytes result(n);
    const size_t first = at_, left = size_ - at_;
    for (size_t i = 0; i < n; ++i) {
      result[i] = left == 0 ? static_cast<uint8_t>(i) : data_[first + i % left];
    }
    at_ += n < left ? n : left;
    return result;
  }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

}  // namespace xquant::int8_test
