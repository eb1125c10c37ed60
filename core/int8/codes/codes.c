#include "int8/codes/codes.h"

#include "int8/codes/rounding.h"
#include "int8/require.h"

size_t xq_type_size(xq_type type) {
  XQ_REQUIRE(xq_is_type(type));
  return xq_is_8_bit(type) ? 1 : 2;
}

int32_t xq_type_min(xq_type type) { return xq_range_of(type).min; }

int32_t xq_type_max(xq_type type) { return xq_range_of(type).max; }

xq_quant xq_quant_of(xq_type type, float scale, int32_t zero_point) {
  const xq_range range = xq_range_of(type);
  const xq_quant quant = {type, scale, zero_point, range.min, range.max};
  xq_require_quant(&quant);
  return quant;
}

size_t xq_shape_elements(const xq_shape* shape) {
  XQ_REQUIRE(shape != NULL && shape->rank <= XQ_MAX_RANK);
  size_t elements = 1;
  for (size_t d = 0; d < shape->rank; ++d) elements *= shape->dims[d];
  return elements;
}

int xq_same_codes(const xq_quant* from, const xq_quant* to) {
  return from->type == to->type && from->scale == to->scale && from->zero_point == to->zero_point &&
         to->qmin == xq_type_min(to->type) && to->qmax == xq_type_max(to->type);
}

void xq_read_reals(const xq_kernels* kernels, const void* q, size_t at, size_t n,
                   const xq_quant* from, float* x) {
  const int32_t zero_point = from->zero_point;
  const float scale = from->scale;
  switch (from->type) {
    case XQ_S8:
      kernels->dequantize_s8((const int8_t*)q + at, n, scale, zero_point, x);
      return;
    case XQ_U8:
      kernels->dequantize_u8((const uint8_t*)q + at, n, scale, zero_point, x);
      return;
    case XQ_S16: {
      const int16_t* code = (const int16_t*)q + at;
      for (size_t i = 0; i < n; ++i) x[i] = (float)(code[i] - zero_point) * scale;
      return;
    }
    case XQ_U16: {
      const uint16_t* code = (const uint16_t*)q + at;
      for (size_t i = 0; i < n; ++i) x[i] = (float)(code[i] - zero_point) * scale;
      return;
    }
  }
}

/* Signed and unsigned words have the same bits. */
static size_t write_words(const float* x, size_t n, const xq_quant* to, uint16_t* q) {
  const int32_t low = to->qmin - to->zero_point;
  const int32_t high = to->qmax - to->zero_point;
  size_t nans = 0;
  for (size_t i = 0; i < n; ++i) {
    const int is_nan = x[i] != x[i];
    nans += (size_t)is_nan;
    const int32_t steps = is_nan ? 0 : xq_round_within(x[i] / to->scale, low, high);
    q[i] = (uint16_t)(steps + to->zero_point);
  }
  return nans;
}

size_t xq_write_reals(const xq_kernels* kernels, const float* x, size_t n, const xq_quant* to,
                      void* q, size_t at) {
  if (!xq_is_8_bit(to->type)) return write_words(x, n, to, (uint16_t*)q + at);
  const xq_output output = {to->zero_point, to->qmin - to->zero_point, to->qmax - to->zero_point};
  return kernels->quantize(x, n, to->scale, output, (uint8_t*)q + at);
}
