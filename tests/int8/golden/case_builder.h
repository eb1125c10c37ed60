#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "int8/random.h"
#include "int8/vectors/format.h"

// Cases without their expected result. `axis` is outer, channels, inner; `to` is zero point, qmin,
// qmax; parameters as in core/int8/vectors/run_case.cc.
namespace xquant::int8_test {

template <typename T>
int8::Bytes bytes_of(const std::vector<T>& values) {
  int8::Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

int8::VectorCase quantize_case(int8::Operator op, const std::string& name,
                               const std::vector<int32_t>& axis, const std::vector<float>& x,
                               const std::vector<float>& scale,
                               const std::vector<int32_t>& zero_point);

int8::VectorCase dequantize_case(int8::Operator op, const std::string& name,
                                 const std::vector<int32_t>& axis, const std::vector<uint8_t>& q,
                                 const std::vector<float>& scale,
                                 const std::vector<int32_t>& zero_point);

int8::VectorCase requantize_case(int8::Operator op, const std::string& name,
                                 const std::vector<int32_t>& axis, const std::vector<int32_t>& to,
                                 const std::vector<int32_t>& acc,
                                 const std::vector<float>& multiplier);

// Random tensors; one case in four has no bias, one in four asks for the accumulators.
int8::VectorCase gemm_case(Random& random, const std::string& name,
                           const std::vector<int32_t>& shape);
int8::VectorCase conv_case(Random& random, const std::string& name,
                           const std::vector<int32_t>& shape);

}  // namespace xquant::int8_test
