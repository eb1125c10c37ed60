/* 3x3 convolution of stride 1 by Winograd's minimal filtering (Lavin & Gray 2016, arXiv:1509.09308)
 * in exact integers: F(2x2, 3x3) makes 4 outputs of 16 products instead of 36, F(4x4, 3x3) 16
 * outputs of 36 instead of 144.
 *
 *   U = G g G^T, V = B^T d B, M[e] = sum over channels of U[e] V[e], Y = A^T M A
 *
 * with d of x - zx, g of w - zw, and G and A scaled so that nothing has fractions and U and V fit
 * int16. All that follows is sums and products modulo 2^32, so Y is modulo 2^32 a multiple of the
 * exact sum acc (without the bias) whatever M and the sums between wrapped to.
 *
 * F(2x2): G = [2 0 0; 1 1 1; 1 -1 1; 0 0 2], Y = 4 acc. |V| <= 4 * 255 = 1020, |U| <= 9 * 255.
 * Where -2^29 <= acc < 2^29, 4 acc fits int32 and an arithmetic shift by two returns acc.
 *
 * F(4x4), at the points 0, 1, -1, 2, -2 and infinity:
 *
 *   B^T = [4 0 -5 0 1 0; 0 -4 -4 1 1 0; 0 4 -4 -1 1 0; 0 -2 -1 2 1 0; 0 2 -1 -2 1 0; 0 4 0 -5 0 1]
 *   G   = [6 0 0; -2 -2 -2; -2 2 -2; 1 2 4; 1 -2 4; 0 0 6]
 *   A^T = [1 2 2 1 1 0; 0 1 -1 1 -1 0; 0 1 1 2 2 0; 0 1 -1 4 -4 2]
 *
 * make 24 times the first output and 12 times the others along each axis, so Y[r][c] is 576, 288 or
 * 144 times acc. |V| <= 100 * 255 = 25500, |U| <= 49 * 255 = 12495. These factors are 9 times a
 * power of two; 9 has an inverse modulo 2^32, and where -2^25 <= acc < 2^25, the 64, 32 or 16 acc
 * that are left fit int32 and are shifted.
 *
 * Packing proves it from the weights, for each output: 255 * sum of |w - zw| < 2^29 or 2^25.
 * Weights for which it is not proven (at full size beyond a depth of 1827 or 114 channels, at a
 * mean of 32 beyond 457 for F(4x4)) are packed for F(2x2) alone or the direct product. Which form
 * runs depends on the image. */
#ifndef XQUANT_INT8_PRODUCT_WINOGRAD_H_
#define XQUANT_INT8_PRODUCT_WINOGRAD_H_

#include "int8/product/conv.h"

typedef struct xq_winograd_form {
  size_t tile;     /* outputs of a tile, along each axis */
  size_t window;   /* tile + 2: what they read */
  size_t elements; /* window * window */
} xq_winograd_form;

extern const xq_winograd_form xq_winograd_2, xq_winograd_4;

enum { XQ_WINOGRAD_MOST_ELEMENTS = 36 };

/* Whether the shape allows it and it pays; independent of batch and image. */
int xq_wants_winograd(const xq_conv* conv);

/* How weights are packed: XQ_PACKED_CONV for the direct product where nothing is proven. */
uint32_t xq_winograd_kind(const xq_conv* conv, const xq_weights* w);

/* Packed weights: for each form, for each group, for each XQ_TILE_ROWS outputs, a row panel
 * (block.h) of depth in_channels / groups for each element e. */
size_t xq_winograd_packed_size(const xq_conv* conv);
void xq_winograd_pack(const xq_kernels* kernels, uint32_t kind, const xq_conv* conv,
                      const xq_weights* w, void* packed);

int xq_is_packed_for_winograd(const void* packed);

/* The form of the packed weights that takes fewer products for an image of that size, whose tiles
 * are counted in whole tiles of the instruction set, and its row panels. */
const xq_winograd_form* xq_winograd_form_of(const xq_kernels* kernels, const xq_conv* conv,
                                            const void* packed, const int16_t** panels);

/* Whether the tiles are half a tile of the instruction set: 2 x 2 of F(4x4), of an image of 5 to 8
 * rows and columns. */
int xq_winograd_is_half(const xq_kernels* kernels, const xq_conv* conv,
                        const xq_winograd_form* form);

/* Enough for either form. */
size_t xq_winograd_workspace_size(const xq_conv* conv);
void xq_winograd(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                 const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace);

#endif /* XQUANT_INT8_PRODUCT_WINOGRAD_H_ */
