#pragma once

#include <cstdint>
#include <vector>

#include "graph/tensor.h"

namespace xquant::runtime {

/// The same numbers everywhere (a linear congruential generator), unlike those of <random>'s
/// distributions.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2654435761u + 1u) {}
  std::uint32_t next() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  /// In [0, limit).
  std::size_t below(std::size_t limit) { return next() % limit; }
  /// In [-1, 1), with 24 significant bits.
  float number() { return static_cast<float>(next()) * 0x1p-23f - 1.0f; }
  std::vector<float> numbers(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = number();
    return values;
  }
  Tensor tensor(const Shape& shape) {
    return Tensor::of<float>(shape, numbers(static_cast<std::size_t>(element_count(shape))));
  }

 private:
  std::uint32_t state_;
};

}  // namespace xquant::runtime
