/* Packed weights times the patches of an image, for one group of a convolution of any kind. */
#ifndef XQUANT_INT8_PRODUCT_PATCH_PRODUCT_H_
#define XQUANT_INT8_PRODUCT_PATCH_PRODUCT_H_

#include "int8/product/emit.h"
#include "int8/product/im2col.h"

typedef struct xq_patch_product {
  xq_patches patches;
  xq_place place;
  size_t rows;            /* output channels of the group */
  const int16_t* weights; /* row panels (block.h) of the patches' depth */
  const int32_t* bias;    /* of the group's first channel, or NULL */
  size_t channel;         /* the group's first one, for the multipliers */
  size_t plane;           /* the first channel's plane in the output, counted in planes */
} xq_patch_product;

/* Row panels of `rows` output channels. */
static inline size_t xq_row_panels(size_t rows) { return (rows + XQ_TILE_ROWS - 1) / XQ_TILE_ROWS; }

/* Bytes of scratch memory for that many output positions and that depth; a multiple of
 * XQ_ALIGNMENT. */
size_t xq_patch_scratch(const xq_kernels* kernels, size_t positions, size_t depth);

/* x: the codes, the group's first plane starts at element `at`. */
void xq_multiply_patches(const xq_kernels* kernels, const xq_patch_product* product,
                         const xq_codes* x, size_t at, const xq_sink* sink, void* scratch);

#endif /* XQUANT_INT8_PRODUCT_PATCH_PRODUCT_H_ */
