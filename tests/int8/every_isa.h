#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "int8/xq_int8.h"

namespace xquant::int8_test {

inline std::vector<xq_isa> isa_table() {
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  return table;
}

// Runs `body` with each implementation that this processor has, then restores the choice.
template <typename Body>
void with_every_isa(const Body& body) {
  const std::string before = xq_int8_isa();
  for (const xq_isa& isa : isa_table()) {
    if (!isa.available) continue;
    SCOPED_TRACE(isa.name);
    ASSERT_TRUE(xq_int8_select(isa.name));
    body();
  }
  ASSERT_TRUE(xq_int8_select(before.c_str()));
}

// n elements of T, `misalignment` elements behind an aligned address and with guard bytes around
// them that `intact` looks after.
template <typename T>
class Guarded {
 public:
  Guarded(size_t n, size_t misalignment)
      : first_(kGuard + misalignment), size_(n), memory_(first_ + n + kGuard, kMark) {}
  T* data() { return memory_.data() + first_; }
  bool intact() const {
    for (size_t i = 0; i < memory_.size(); ++i) {
      if ((i < first_ || i >= first_ + size_) && memory_[i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr T kMark = 77;
  size_t first_, size_;
  std::vector<T> memory_;
};

// Zeroed and aligned as packed weights and workspaces must be.
inline std::vector<uint64_t> aligned_memory(size_t bytes) {
  return std::vector<uint64_t>((bytes + 7) / 8);
}

}  // namespace xquant::int8_test
