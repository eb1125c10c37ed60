#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_quantize.h"

static int32_t zero_point_of(const int32_t* zero_point, size_t channel) {
  return zero_point == NULL ? 0 : zero_point[channel];
}

static void require_mappings(size_t count, const float* scale, const int32_t* zero_point,
                             xq_type type) {
  const xq_range range = xq_range_of(type);
  XQ_REQUIRE(scale != NULL || count == 0);
  for (size_t c = 0; c < count; ++c) {
    XQ_REQUIRE(xq_is_scale(scale[c]));
    XQ_REQUIRE(xq_is_within(zero_point_of(zero_point, c), range));
  }
}

/* Checked by require_mappings. */
static xq_quant mapping(xq_type type, const float* scale, const int32_t* zero_point, size_t c) {
  const xq_range range = xq_range_of(type);
  const xq_quant quant = {type, scale[c], zero_point_of(zero_point, c), range.min, range.max};
  return quant;
}

size_t xq_quantize(const float* x, size_t n, const xq_quant* to, void* q) {
  xq_require_quant(to);
  return xq_write_reals(xq_active(), x, n, to, q, 0);
}

void xq_dequantize(const void* q, size_t n, const xq_quant* from, float* x) {
  xq_require_quant(from);
  xq_read_reals(xq_active(), q, 0, n, from, x);
}

size_t xq_quantize_axis(const float* x, size_t outer, size_t channels, size_t inner,
                        const float* scale, const int32_t* zero_point, xq_type type, void* q) {
  require_mappings(channels, scale, zero_point, type);
  const xq_kernels* kernels = xq_active();
  size_t nans = 0;
  if (inner == 0) return 0; /* x and q may be NULL, to which nothing can be added */
  for (size_t i = 0; i < outer * channels; ++i) {
    const xq_quant to = mapping(type, scale, zero_point, i % channels);
    nans += xq_write_reals(kernels, x + i * inner, inner, &to, q, i * inner);
  }
  return nans;
}

void xq_dequantize_axis(const void* q, size_t outer, size_t channels, size_t inner,
                        const float* scale, const int32_t* zero_point, xq_type type, float* x) {
  require_mappings(channels, scale, zero_point, type);
  const xq_kernels* kernels = xq_active();
  if (inner == 0) return;
  for (size_t i = 0; i < outer * channels; ++i) {
    const xq_quant from = mapping(type, scale, zero_point, i % channels);
    xq_read_reals(kernels, q, i * inner, inner, &from, x + i * inner);
  }
}

/* Calls that treat the elements of one block one by one: blocks of a row lie `inner` apart. */
size_t xq_quantize_blocked(const float* x, size_t outer, size_t length, size_t inner, size_t block,
                           const float* scale, const int32_t* zero_point, xq_type type, void* q) {
  XQ_REQUIRE(block >= 1);
  const size_t blocks = (length + block - 1) / block;
  require_mappings(outer * blocks * inner, scale, zero_point, type);
  const xq_kernels* kernels = xq_active();
  const size_t run = inner == 1 ? block : 1; /* neighbours with one mapping */
  size_t nans = 0;
  for (size_t o = 0; o < outer; ++o) {
    for (size_t l = 0; l < length; l += run) {
      const size_t count = l + run > length ? length - l : run;
      for (size_t i = 0; i < inner; ++i) {
        const xq_quant to = mapping(type, scale, zero_point, (o * blocks + l / block) * inner + i);
        const size_t at = (o * length + l) * inner + i;
        nans += xq_write_reals(kernels, x + at, count, &to, q, at);
      }
    }
  }
  return nans;
}

void xq_dequantize_blocked(const void* q, size_t outer, size_t length, size_t inner, size_t block,
                           const float* scale, const int32_t* zero_point, xq_type type, float* x) {
  XQ_REQUIRE(block >= 1);
  const size_t blocks = (length + block - 1) / block;
  require_mappings(outer * blocks * inner, scale, zero_point, type);
  const xq_kernels* kernels = xq_active();
  const size_t run = inner == 1 ? block : 1;
  for (size_t o = 0; o < outer; ++o) {
    for (size_t l = 0; l < length; l += run) {
      const size_t count = l + run > length ? length - l : run;
      for (size_t i = 0; i < inner; ++i) {
        const xq_quant from =
            mapping(type, scale, zero_point, (o * blocks + l / block) * inner + i);
        const size_t at = (o * length + l) * inner + i;
        xq_read_reals(kernels, q, at, count, &from, x + at);
      }
    }
  }
}

void xq_dequantize_axis_s32_f32(const int32_t* q, size_t outer, size_t channels, size_t inner,
                                const float* scale, float* x) {
  XQ_REQUIRE(scale != NULL || channels == 0);
  for (size_t c = 0; c < channels; ++c) XQ_REQUIRE(xq_is_scale(scale[c]));
  for (size_t i = 0; i < outer * channels; ++i) {
    for (size_t k = i * inner; k < (i + 1) * inner; ++k) x[k] = (float)q[k] * scale[i % channels];
  }
}

size_t xq_quantize_f32_s8(const float* x, size_t n, float scale, int32_t zero_point, int8_t* q) {
  return xq_quantize_axis(x, 1, 1, n, &scale, &zero_point, XQ_S8, q);
}

size_t xq_quantize_f32_u8(const float* x, size_t n, float scale, int32_t zero_point, uint8_t* q) {
  return xq_quantize_axis(x, 1, 1, n, &scale, &zero_point, XQ_U8, q);
}

size_t xq_quantize_axis_f32_s8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, int8_t* q) {
  return xq_quantize_axis(x, outer, channels, inner, scale, zero_point, XQ_S8, q);
}

size_t xq_quantize_axis_f32_u8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, uint8_t* q) {
  return xq_quantize_axis(x, outer, channels, inner, scale, zero_point, XQ_U8, q);
}

void xq_dequantize_s8_f32(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  xq_dequantize_axis(q, 1, 1, n, &scale, &zero_point, XQ_S8, x);
}

void xq_dequantize_u8_f32(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  xq_dequantize_axis(q, 1, 1, n, &scale, &zero_point, XQ_U8, x);
}

void xq_dequantize_axis_s8_f32(const int8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x) {
  xq_dequantize_axis(q, outer, channels, inner, scale, zero_point, XQ_S8, x);
}

void xq_dequantize_axis_u8_f32(const uint8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x) {
  xq_dequantize_axis(q, outer, channels, inner, scale, zero_point, XQ_U8, x);
}

/* Minimum and maximum of the elements and 0; the order of the comparisons does not matter. */
void xq_dynamic_quantize_f32_u8(const float* x, size_t n, float* scale, int32_t* zero_point,
                                uint8_t* q) {
  XQ_REQUIRE(scale != NULL && zero_point != NULL);
  float low = 0.0f;
  float high = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  const float range = high - low;
  *scale = range / 255.0f;
  if (*scale == 0.0f) *scale = 1.0f;
  XQ_REQUIRE(xq_is_scale(*scale));
  /* Before the shift by a zero point of 0, low / scale is what quantizing -low gives. */
  const float minus_low = -low;
  uint8_t code = 0;
  xq_quantize_f32_u8(&minus_low, 1, *scale, 0, &code);
  *zero_point = code;
  xq_quantize_f32_u8(x, n, *scale, *zero_point, q);
}
