/* Codes of 16 bits as two planes of bytes. */
#ifndef XQUANT_INT8_PRODUCT_PLANES_H_
#define XQUANT_INT8_PRODUCT_PLANES_H_

#include "int8/xq_product.h"

/* One or two sets of 8-bit codes whose sum, each times 2^shift, is q - zero_point. */
typedef struct xq_planes {
  size_t count;
  xq_codes plane[2];
  int shift[2]; /* 0 or 8 */
} xq_planes;

/* The planes of n codes of 8 or 16 bits from element `at` on; room: 2 * n bytes, used by those of
 * 16 bits. */
xq_planes xq_split_codes(const xq_codes* x, size_t at, size_t n, uint8_t* room);

#endif /* XQUANT_INT8_PRODUCT_PLANES_H_ */
