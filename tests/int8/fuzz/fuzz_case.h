#pragma once

#include <bit>
#include <cstring>

#include "int8/fuzz/byte_source.h"
#include "int8/vectors/format.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {

// A case of any operator, shape, zero point and data, as the bytes say.
int8::VectorCase fuzz_case(ByteSource& source);

template <typename T>
int8::Bytes bytes_of(const std::vector<T>& values) {
  int8::Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// What the cases of all topics are built with.
struct CaseMaker {
  ByteSource& source;
  int8::VectorCase c = {};

  void add(int64_t value) { c.parameters.push_back(static_cast<int32_t>(value)); }
  xq_type type(bool bytes_only = false) {
    return static_cast<xq_type>(source.between(1, bytes_only ? 2 : 4));
  }
  int32_t zero_point(xq_type t) { return source.between_wide(xq_type_min(t), xq_type_max(t)); }
  // Type, scale, zero point, qmin, qmax.
  xq_type quant(bool bytes_only = false) {
    const xq_type t = type(bytes_only);
    add(t);
    add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-20, 10))));
    const int32_t zero = zero_point(t);
    const bool relu = source.between(0, 3) == 0;
    for (const int32_t v : {zero, relu ? zero : xq_type_min(t), xq_type_max(t)}) add(v);
    return t;
  }
  void codes(size_t n, xq_type t) { c.inputs.push_back(source.bytes(n * xq_type_size(t))); }

  void multipliers(size_t n) {
    std::vector<float> m(n);
    for (float& v : m) v = source.positive(-30, 4);
    c.inputs.push_back(bytes_of(m));
  }
  void numbers(size_t n, int32_t low, int32_t high) {
    std::vector<int32_t> values(n);
    for (int32_t& v : values) v = source.between_wide(low, high);
    c.inputs.push_back(bytes_of(values));
  }
};

// A random operator of a topic.
int8::VectorCase fuzz_product(ByteSource& source);
int8::VectorCase fuzz_real(ByteSource& source);
int8::VectorCase fuzz_pool(ByteSource& source);
int8::VectorCase fuzz_codes(ByteSource& source);
int8::VectorCase fuzz_move(ByteSource& source);

}  // namespace xquant::int8_test
