#include "int8/product/emit.h"
#include "int8/require.h"

float xq_requant_multiplier(float input_scale, float weight_scale, float output_scale) {
  XQ_REQUIRE(xq_is_scale(input_scale));
  XQ_REQUIRE(xq_is_scale(weight_scale));
  XQ_REQUIRE(xq_is_scale(output_scale));
  const float product = input_scale * weight_scale;
  return product / output_scale;
}

static void requantize(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                       const xq_requant* to, uint8_t* q) {
  const xq_kernels* kernels = xq_active();
  const xq_output output = xq_output_of(to);
  if (to->multipliers == 1) {
    kernels->requantize(acc, outer * channels * inner, to->multiplier[0], output, q);
    return;
  }
  for (size_t o = 0; o < outer; ++o) {
    const size_t row = o * channels * inner;
    if (inner == 1) {
      kernels->requantize_each(acc + row, channels, to->multiplier, output, q + row);
      continue;
    }
    for (size_t c = 0; c < channels; ++c) {
      const size_t at = row + c * inner;
      kernels->requantize(acc + at, inner, to->multiplier[c], output, q + at);
    }
  }
}

void xq_requantize_s32_s8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, int8_t* q) {
  xq_require_requant(to, channels, kRangeS8);
  requantize(acc, outer, channels, inner, to, (uint8_t*)q);
}

void xq_requantize_s32_u8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, uint8_t* q) {
  xq_require_requant(to, channels, kRangeU8);
  requantize(acc, outer, channels, inner, to, q);
}
