#include "int8/kernels.h"
#include "int8/require.h"

/* A tensor seen as [outer, channels, inner]. */
typedef struct layout {
  size_t outer, channels, inner;
} layout;

static xq_output saturated(int32_t zero_point, xq_range range) {
  const xq_output to = {zero_point, range.min - zero_point, range.max - zero_point};
  return to;
}

static int32_t zero_point_of(const int32_t* zero_point, size_t channel) {
  return zero_point == NULL ? 0 : zero_point[channel];
}

static void require_axis(layout shape, const float* scale, const int32_t* zero_point,
                         xq_range range) {
  XQ_REQUIRE(scale != NULL || shape.channels == 0);
  for (size_t c = 0; c < shape.channels; ++c) {
    XQ_REQUIRE(xq_is_scale(scale[c]));
    XQ_REQUIRE(xq_is_within(zero_point_of(zero_point, c), range));
  }
}

static size_t quantize(const float* x, layout shape, const float* scale, const int32_t* zero_point,
                       xq_range range, uint8_t* q) {
  require_axis(shape, scale, zero_point, range);
  const xq_kernels* kernels = xq_active();
  size_t nans = 0;
  for (size_t o = 0; o < shape.outer; ++o) {
    for (size_t c = 0; c < shape.channels; ++c) {
      const size_t at = (o * shape.channels + c) * shape.inner;
      const xq_output to = saturated(zero_point_of(zero_point, c), range);
      nans += kernels->quantize(x + at, shape.inner, scale[c], to, q + at);
    }
  }
  return nans;
}

size_t xq_quantize_f32_s8(const float* x, size_t n, float scale, int32_t zero_point, int8_t* q) {
  const layout shape = {1, 1, n};
  return quantize(x, shape, &scale, &zero_point, kRangeS8, (uint8_t*)q);
}

size_t xq_quantize_f32_u8(const float* x, size_t n, float scale, int32_t zero_point, uint8_t* q) {
  const layout shape = {1, 1, n};
  return quantize(x, shape, &scale, &zero_point, kRangeU8, q);
}

size_t xq_quantize_axis_f32_s8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, int8_t* q) {
  const layout shape = {outer, channels, inner};
  return quantize(x, shape, scale, zero_point, kRangeS8, (uint8_t*)q);
}

size_t xq_quantize_axis_f32_u8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, uint8_t* q) {
  const layout shape = {outer, channels, inner};
  return quantize(x, shape, scale, zero_point, kRangeU8, q);
}

void xq_dequantize_s8_f32(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  xq_dequantize_axis_s8_f32(q, 1, 1, n, &scale, &zero_point, x);
}

void xq_dequantize_u8_f32(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  xq_dequantize_axis_u8_f32(q, 1, 1, n, &scale, &zero_point, x);
}

void xq_dequantize_axis_s8_f32(const int8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x) {
  const layout shape = {outer, channels, inner};
  require_axis(shape, scale, zero_point, kRangeS8);
  const xq_kernels* kernels = xq_active();
  for (size_t i = 0; i < outer * channels; ++i) {
    const size_t c = i % channels;
    kernels->dequantize_s8(q + i * inner, inner, scale[c], zero_point_of(zero_point, c),
                           x + i * inner);
  }
}

void xq_dequantize_axis_u8_f32(const uint8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x) {
  const layout shape = {outer, channels, inner};
  require_axis(shape, scale, zero_point, kRangeU8);
  const xq_kernels* kernels = xq_active();
  for (size_t i = 0; i < outer * channels; ++i) {
    const size_t c = i % channels;
    kernels->dequantize_u8(q + i * inner, inner, scale[c], zero_point_of(zero_point, c),
                           x + i * inner);
  }
}
