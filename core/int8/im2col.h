/* The patches of an image as the right-hand side of a matrix product. */
#ifndef XQUANT_INT8_IM2COL_H_
#define XQUANT_INT8_IM2COL_H_

#include "int8/kernels.h"
#include "int8/xq_int8.h"

/* One row of the patch matrix: x[iy(p)][ix(p)] - zero_point for the output pixels p in
 * [first, first + count), 0 where the kernel position (ky, kx) lies outside `plane`. */
void xq_im2col_row(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* plane,
                   int32_t zero_point, size_t ky, size_t kx, size_t first, size_t count,
                   int16_t* row);

/* Output pixels [first, first + count) of the channels of one group (x: the first of them) as a
 * block of `columns` >= count columns (block.h). lines: k_group * columns elements of scratch. */
void xq_im2col_block(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* x,
                     int32_t zero_point, size_t first, size_t count, size_t columns, int16_t* lines,
                     int16_t* block);

#endif /* XQUANT_INT8_IM2COL_H_ */
