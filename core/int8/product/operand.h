/* The 8-bit operands of products: bytes of either sign as int16 differences to their zero point. */
#ifndef XQUANT_INT8_PRODUCT_OPERAND_H_
#define XQUANT_INT8_PRODUCT_OPERAND_H_

#include "int8/isa/kernels.h"
#include "int8/require.h"
#include "int8/xq_product.h"

/* A uint8 is the int8 with every byte xor 0x80 and a zero point 128 less. */
static inline uint8_t xq_flip(xq_type type) { return type == XQ_U8 ? 0x80 : 0; }

/* zero_point already less `flip`. */
static inline int16_t xq_centred(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

/* y = n codes from element `at` on, less their zero point; every `step`-th of them. */
static inline void xq_widen(const xq_kernels* kernels, const xq_codes* x, size_t at, size_t step,
                            size_t n, int16_t* y) {
  const uint8_t flip = xq_flip(x->type);
  const int32_t zero_point = x->zero_point - flip;
  const uint8_t* from = (const uint8_t*)x->data + at;
  if (step == 1) {
    kernels->widen(from, n, flip, zero_point, y);
  } else if (step == 2) {
    kernels->widen_even(from, n, flip, zero_point, y);
  } else {
    for (size_t i = 0; i < n; ++i) y[i] = xq_centred(from[i * step], flip, zero_point);
  }
}

static inline xq_codes xq_codes_s8(const int8_t* x, int32_t zero_point) {
  const xq_codes codes = {x, XQ_S8, zero_point};
  return codes;
}

/* Checks the type and the zero point; data may be NULL. */
void xq_require_codes(const xq_codes* x);

/* Checks type and zero points (0, 1 or `outputs` of them) and that a sum of `depth` products cannot
 * leave int32. data may be NULL. */
void xq_require_weights(const xq_weights* w, size_t outputs, size_t depth);

/* Zero point of output j: zero_point[j * zero_step]. */
typedef struct xq_zeros {
  const int32_t* zero_point;
  size_t zero_step;
} xq_zeros;
xq_zeros xq_zeros_of(const xq_weights* w);

#endif /* XQUANT_INT8_PRODUCT_OPERAND_H_ */
