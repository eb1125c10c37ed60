#pragma once

#include <cstdint>
#include <vector>

#include "int8/xq_int8.h"

// What the results must be, computed with integers alone: no float operation, no code of the
// library. Products and quotients are exact (up to 48 bits, quotients with a sticky remainder) and
// every rounding of the definition is carried out on them by hand.
namespace xquant::int8_test {

// clamp(rhe(f32(f32(acc) * multiplier)), qmin - zero_point, qmax - zero_point) + zero_point
int32_t exact_requantize(int32_t acc, float multiplier, int32_t zero_point, int32_t qmin,
                         int32_t qmax);

// clamp(rhe(f32(x / scale)), ...) + zero_point; NaN gives zero_point.
int32_t exact_quantize(float x, float scale, int32_t zero_point, int32_t qmin, int32_t qmax);

// bias (may be empty) + sum of (x - zx) * w, modulo 2^32; w is [k, n].
std::vector<int32_t> exact_gemm(const xq_gemm& shape, const std::vector<int8_t>& x, int32_t zx,
                                const std::vector<int8_t>& w, const std::vector<int32_t>& bias);

std::vector<int32_t> exact_conv2d(const xq_conv2d& conv, const std::vector<int8_t>& x, int32_t zx,
                                  const std::vector<int8_t>& w, const std::vector<int32_t>& bias);

// v / 2^shift, rounded as `rounding` says; exact.
__extension__ typedef __int128 Wide;
int64_t exact_divide(Wide v, int shift, xq_rounding rounding);

}  // namespace xquant::int8_test
