/* 3x3 convolution of stride 1 by Winograd's minimal filtering F(2x2, 3x3) (Lavin & Gray 2016,
 * arXiv:1509.09308) in exact integers: 16 products for 4 outputs instead of 36.
 *
 *   U = (2G) g (2G)^T, V = B^T d B, M[e] = sum over channels of U[e] V[e], Y = A^T M A = 4 acc
 *
 * with d of x - zx, g of w - zw and 2G = [2 0 0; 1 1 1; 1 -1 1; 0 0 2], which has no fractions.
 *
 * Exact: |x - zx| <= 255 gives |V| <= 4 * 255 = 1020, |w - zw| <= 255 gives |U| <= 9 * 255 = 2295:
 * int16. All that follows is sums and products modulo 2^32, so Y is 4 * acc modulo 2^32, whatever M
 * and the sums between wrapped to. Where -2^29 <= acc < 2^29 (without the bias), 4 * acc fits int32
 * and an arithmetic shift by two returns acc. Packing proves it from the weights, for each output:
 * 255 * sum of |w - zw| < 2^29. Weights for which it is not proven (at full size beyond a depth of
 * 1827 channels) are packed for the direct product. */
#ifndef XQUANT_INT8_PRODUCT_WINOGRAD_H_
#define XQUANT_INT8_PRODUCT_WINOGRAD_H_

#include "int8/product/conv.h"

/* Elements of a transformed tile. */
enum { XQ_WINOGRAD_ELEMENTS = 16 };

/* Whether the shape allows it and it pays; independent of batch and image. */
int xq_wants_winograd(const xq_conv* conv);

/* Whether the sums of these weights are exact. */
int xq_winograd_is_exact(const xq_conv* conv, const xq_weights* w);

/* Packed weights: for each group, for each XQ_TILE_ROWS outputs, a row panel (block.h) of depth
 * in_channels / groups for each element e. */
size_t xq_winograd_packed_size(const xq_conv* conv);
void xq_winograd_pack(const xq_kernels* kernels, const xq_conv* conv, const xq_weights* w,
                      void* packed);

size_t xq_winograd_workspace_size(const xq_conv* conv);
void xq_winograd(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                 const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace);

#endif /* XQUANT_INT8_PRODUCT_WINOGRAD_H_ */
