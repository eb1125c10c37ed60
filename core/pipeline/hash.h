#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace xquant::pipeline {

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv): tells results apart, protects
/// nothing.
class Hash {
 public:
  void add(std::span<const char> bytes) {
    for (const char byte : bytes)
      state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  }
  std::string hex() const {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(state_ >> shift) & 15U];
    return text;
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

}  // namespace xquant::pipeline
