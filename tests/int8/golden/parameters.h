#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "int8/golden/case_builder.h"
#include "int8/xq_int8.h"

// Parameters of a case in the order in which core/int8/vectors/case_call.h reads them.
namespace xquant::int8_test {

class Parameters {
 public:
  Parameters& add(int64_t value) {
    values_.push_back(static_cast<int32_t>(value));
    return *this;
  }
  Parameters& add_real(float value) { return add(std::bit_cast<int32_t>(value)); }
  Parameters& add_all(const std::vector<int32_t>& values) {
    values_.insert(values_.end(), values.begin(), values.end());
    return *this;
  }
  Parameters& add_quant(const xq_quant& q) {
    return add(q.type).add_real(q.scale).add(q.zero_point).add(q.qmin).add(q.qmax);
  }
  // Rank, then the dimensions.
  Parameters& add_shape(const std::vector<int32_t>& dims) {
    return add(static_cast<int64_t>(dims.size())).add_all(dims);
  }
  const std::vector<int32_t>& values() const { return values_; }

 private:
  std::vector<int32_t> values_;
};

inline size_t elements(const std::vector<int32_t>& dims) {
  size_t n = 1;
  for (const int32_t d : dims) n *= static_cast<size_t>(d);
  return n;
}

// Random codes of a type, its ends among them.
inline int8::Bytes codes(Random& random, size_t n, xq_type type) {
  int8::Bytes bytes(n * xq_type_size(type));
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto b = static_cast<uint8_t>(random.s8());
    bytes[i] = type == XQ_S8 ? b : static_cast<uint8_t>(b ^ 0x80);
  }
  return bytes;
}

inline xq_quant any_quant(Random& random, xq_type type, int low, int high) {
  const float scale = random.positive(low, high);
  xq_quant q = xq_quant_of(type, scale, random.between(xq_type_min(type), xq_type_max(type)));
  if (random.between(0, 4) == 0) q.qmin = q.zero_point;  // fused Relu
  return q;
}

inline xq_type any_type(Random& random) { return static_cast<xq_type>(random.between(1, 4)); }
inline xq_type byte_type(Random& random) { return static_cast<xq_type>(random.between(1, 2)); }

// One topic each, appended to `cases`.
void add_code_cases(std::vector<int8::VectorCase>& cases);
void add_product_cases(std::vector<int8::VectorCase>& cases);
void add_real_cases(std::vector<int8::VectorCase>& cases);
void add_pool_cases(std::vector<int8::VectorCase>& cases);
void add_move_cases(std::vector<int8::VectorCase>& cases);
void add_stage_cases(std::vector<int8::VectorCase>& cases);
void add_expression_cases(std::vector<int8::VectorCase>& cases);

}  // namespace xquant::int8_test
