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
  const xq_sink sink = {.q = q, .to = to};
  if (to->multipliers == 1 && to->stage == NULL) {
    xq_emit_channel(kernels, &sink, acc, outer * channels * inner, 0, 0);
    return;
  }
  for (size_t o = 0; o < outer; ++o) {
    const size_t row = o * channels * inner;
    if (inner == 1) {
      xq_emit_channels(kernels, &sink, acc + row, channels, 0, row);
      continue;
    }
    for (size_t c = 0; c < channels; ++c) {
      const size_t at = row + c * inner;
      xq_emit_channel(kernels, &sink, acc + at, inner, c, at);
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
