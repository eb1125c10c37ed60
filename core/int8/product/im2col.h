/* The patches of an image as the right-hand side of a matrix product. */
#ifndef XQUANT_INT8_PRODUCT_IM2COL_H_
#define XQUANT_INT8_PRODUCT_IM2COL_H_

#include "int8/product/grid.h"
#include "int8/product/operand.h"

/* The planes of one group and the kernel positions. */
typedef struct xq_patches {
  xq_grid grid;
  const xq_tap* taps;
  size_t tap_count;
  size_t channels;
} xq_patches;

/* Depth of the matrix product. */
static inline size_t xq_patches_depth(const xq_patches* p) { return p->channels * p->tap_count; }

/* Output positions [first, first + count) of the planes from element `at` of x on as a block of
 * `columns` >= count columns (block.h), in the order channel, tap. lines: k_group * columns
 * elements of scratch. */
void xq_im2col_block(const xq_kernels* kernels, const xq_patches* patches, const xq_codes* x,
                     size_t at, size_t first, size_t count, size_t columns, int16_t* lines,
                     int16_t* block);

#endif /* XQUANT_INT8_PRODUCT_IM2COL_H_ */
