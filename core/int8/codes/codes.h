/* Runs of codes of any type to floats and back: what the operators that are defined on real numbers
 * are made of. */
#ifndef XQUANT_INT8_CODES_CODES_H_
#define XQUANT_INT8_CODES_CODES_H_

#include "int8/isa/kernels.h"
#include "int8/xq_types.h"

/* Elements that a real-valued operator handles at a time, in arrays on the stack. */
enum { XQ_CHUNK = 256 };

static inline int xq_is_8_bit(xq_type type) { return type == XQ_S8 || type == XQ_U8; }

/* Element `at` of a tensor of that type. */
static inline const void* xq_at(const void* data, xq_type type, size_t at) {
  return (const char*)data + (xq_is_8_bit(type) ? at : 2 * at);
}
static inline void* xq_at_mutable(void* data, xq_type type, size_t at) {
  return (char*)data + (xq_is_8_bit(type) ? at : 2 * at);
}

static inline int32_t xq_code_at(const void* data, xq_type type, size_t at) {
  switch (type) {
    case XQ_S8:
      return ((const int8_t*)data)[at];
    case XQ_U8:
      return ((const uint8_t*)data)[at];
    case XQ_S16:
      return ((const int16_t*)data)[at];
    default:
      return ((const uint16_t*)data)[at];
  }
}

static inline void xq_set_code(void* data, xq_type type, size_t at, int32_t code) {
  if (xq_is_8_bit(type)) {
    ((uint8_t*)data)[at] = (uint8_t)code;
  } else {
    ((uint16_t*)data)[at] = (uint16_t)code;
  }
}

/* How many of n elements from `at` on fit a chunk. */
static inline size_t xq_chunk(size_t n, size_t at) {
  return n - at < XQ_CHUNK ? n - at : (size_t)XQ_CHUNK;
}

/* x = f32(f32(q - zero_point) * scale) for n codes from element `at` on. */
void xq_read_reals(const xq_kernels* kernels, const void* q, size_t at, size_t n,
                   const xq_quant* from, float* x);

/* Quantizes x into elements `at` and following; returns the number of NaN. */
size_t xq_write_reals(const xq_kernels* kernels, const float* x, size_t n, const xq_quant* to,
                      void* q, size_t at);

/* The same mapping and all of the type's range: codes may be copied. */
int xq_same_codes(const xq_quant* from, const xq_quant* to);

#endif /* XQUANT_INT8_CODES_CODES_H_ */
