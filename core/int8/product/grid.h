/* Where the outputs of a convolution read and where they are written: regular grids. */
#ifndef XQUANT_INT8_PRODUCT_GRID_H_
#define XQUANT_INT8_PRODUCT_GRID_H_

#include <stddef.h>

/* Output position o of `out` (row major) reads image position o * step + tap of `in`; outside the
 * image lies the zero point. */
typedef struct xq_grid {
  size_t in[3], out[3], step[3];
} xq_grid;

/* The image position that output 0 reads for one kernel position. */
typedef struct xq_tap {
  ptrdiff_t at[3];
} xq_tap;

/* Output position o is element start + o * step of a plane of `plane` elements. */
typedef struct xq_place {
  size_t plane[3], start[3], step[3];
} xq_place;

static inline size_t xq_volume(const size_t n[3]) { return n[0] * n[1] * n[2]; }

#endif /* XQUANT_INT8_PRODUCT_GRID_H_ */
