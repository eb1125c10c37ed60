/* Padded images whose kernel positions lie at fixed offsets.
 *
 * The rows of an image plane that a band of output rows reads are stored once, padded, as int16
 * differences to the zero point, and split into stride * stride phases: phase (py, px) holds the
 * padded pixels (i * sh + py, j * sw + px), in rows of `pitch` elements. Every kernel position then
 * reads consecutive elements of one phase for consecutive outputs, at a fixed offset, whatever
 * stride and dilation are; output (oy, ox) of the band is element oy * pitch + ox. Whole bands are
 * one run, with pitch - out_width unused elements between the rows. Rows of stride 1 share the
 * padding between them. */
#ifndef XQUANT_INT8_PRODUCT_PHASES_H_
#define XQUANT_INT8_PRODUCT_PHASES_H_

#include "int8/product/conv.h"

typedef struct xq_phases {
  size_t out_height, out_width;
  size_t band;        /* output rows computed at a time */
  size_t pitch, rows; /* of one phase */
} xq_phases;

/* The band is chosen so that a plane of it has about `elements` elements, at least one row. */
xq_phases xq_phases_of(const xq_conv* conv, size_t elements);

/* int16 elements of one plane of a band, with the padding to the right of its last row. */
static inline size_t xq_phases_plane(const xq_conv* conv, const xq_phases* p) {
  return conv->stride[1] * conv->stride[2] * p->rows * p->pitch + conv->pad_end[2];
}

/* Elements from the first to the last output of `rows` output rows. */
static inline size_t xq_phases_run(const xq_phases* p, size_t rows) {
  return (rows - 1) * p->pitch + p->out_width;
}

/* Offset of kernel position t in a plane. */
size_t xq_phases_offset(const xq_conv* conv, const xq_phases* p, size_t t);

/* The band that begins with output row `first` of the image plane from element `at` of x on. */
void xq_store_band(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                   const xq_codes* x, size_t at, size_t first, int16_t* plane);

/* The same without the padding: what is not of the image stays as it is. */
void xq_store_inside(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                     const xq_codes* x, size_t at, size_t first, int16_t* plane);

#endif /* XQUANT_INT8_PRODUCT_PHASES_H_ */
