#pragma once

#include <cstdint>
#include <vector>

#include "int8/random.h"
#include "int8/xq_int8.h"

// Products of every kind by plain loops over int64.
namespace xquant::int8_test {

// Random bytes of a type, with more than a fair share of its ends.
struct Codes {
  std::vector<uint8_t> bytes;
  xq_type type;
  int64_t at(size_t i) const {
    if (type == XQ_S8) return static_cast<int8_t>(bytes[i]);
    if (type == XQ_U8) return bytes[i];
    const int word = bytes[2 * i] | bytes[2 * i + 1] << 8;
    return type == XQ_S16 ? int64_t{static_cast<int16_t>(word)} : int64_t{word};
  }
  xq_codes view(int32_t zero_point) const { return {bytes.data(), type, zero_point}; }
};

Codes random_codes(Random& random, size_t n, xq_type type);
xq_type random_type(Random& random);       // of 8 bits
xq_type random_wide_type(Random& random);  // of 8 or 16 bits
int32_t random_zero_point(Random& random, xq_type type);

// Weights with 0, 1 or `outputs` zero points.
struct Weights {
  Codes codes;
  std::vector<int32_t> zero_points;
  int64_t zero_point(size_t output) const {
    if (zero_points.empty()) return 0;
    return zero_points[zero_points.size() == 1 ? 0 : output];
  }
  xq_weights view() const {
    return {codes.bytes.data(), codes.type, zero_points.data(), zero_points.size()};
  }
};

Weights random_weights(Random& random, size_t n, size_t outputs);
Weights random_weights(Random& random, size_t n, size_t outputs, xq_type type);

// bias[c] + sum of (x - zx) * (w - zw[c]); an empty bias is zero. Gemm's w is [k, n].
std::vector<int64_t> gemm_sums(const xq_gemm& shape, const Codes& x, int32_t zx, const Weights& w,
                               const std::vector<int64_t>& bias);
std::vector<int64_t> conv_sums(const xq_conv& conv, const Codes& x, int32_t zx, const Weights& w,
                               const std::vector<int64_t>& bias);
// Scatters every input element to the outputs it reaches.
std::vector<int64_t> conv_transpose_sums(const xq_conv& conv, const Codes& x, int32_t zx,
                                         const Weights& w, const std::vector<int64_t>& bias);

// The same modulo 2^32.
std::vector<int32_t> exact_gemm(const xq_gemm& shape, const Codes& x, int32_t zx, const Weights& w,
                                const std::vector<int32_t>& bias);
std::vector<int32_t> exact_conv(const xq_conv& conv, const Codes& x, int32_t zx, const Weights& w,
                                const std::vector<int32_t>& bias);
std::vector<int32_t> exact_conv_transpose(const xq_conv& conv, const Codes& x, int32_t zx,
                                          const Weights& w, const std::vector<int32_t>& bias);

}  // namespace xquant::int8_test
