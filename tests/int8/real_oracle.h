#pragma once

#include <vector>

#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

// Tensors of codes of any type, one element at a time.
namespace xquant::int8_test {

struct Coded {
  std::vector<uint16_t> storage;  // aligned for every type
  xq_quant quant;
  size_t size = 0;

  Coded(const xq_quant& q, size_t n) : storage(n + 1), quant(q), size(n) {}
  void* data() { return storage.data(); }
  const void* data() const { return storage.data(); }
  int32_t at(size_t i) const;
  void set(size_t i, int32_t code);
  // f32(f32(q - zero_point) * scale)
  float real(size_t i) const { return static_cast<float>(at(i) - quant.zero_point) * quant.scale; }
};

// Scale in [2^low, 2^(high + 1)), any zero point.
xq_quant random_quant(Random& random, xq_type type, int low, int high);
Coded random_coded(Random& random, const xq_quant& quant, size_t n);

// What quantizing `real` must give.
inline int32_t quantized(float real, const xq_quant& to) {
  return exact_quantize(real, to.scale, to.zero_point, to.qmin, to.qmax);
}

inline constexpr xq_type kTypes[] = {XQ_S8, XQ_U8, XQ_S16, XQ_U16};

/// Element of a tensor of shape `shape` that broadcasts to `out`, for element i of the result.
inline size_t source_of(const xq_shape& shape, const xq_shape& out, size_t i) {
  size_t at = 0, step = 1;
  for (size_t d = 1; d <= out.rank; ++d) {
    const size_t index = i % out.dims[out.rank - d];
    i /= out.dims[out.rank - d];
    if (d > shape.rank) continue;
    const size_t n = shape.dims[shape.rank - d];
    if (n != 1) at += index * step;
    step *= n;
  }
  return at;
}

}  // namespace xquant::int8_test
