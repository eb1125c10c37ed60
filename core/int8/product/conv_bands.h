/* Convolution in a plane as a matrix product over bands of padded rows (phases.h): the patches are
 * plain copies, without a look at the image's edges. */
#ifndef XQUANT_INT8_PRODUCT_CONV_BANDS_H_
#define XQUANT_INT8_PRODUCT_CONV_BANDS_H_

#include "int8/product/phases.h"

/* Worth it when pixels are read more than once and rows are not much longer than their outputs. */
int xq_wants_bands(const xq_conv* conv);

size_t xq_conv_bands_workspace_size(const xq_conv* conv);

/* weights: the row panels of all groups (conv.c). */
void xq_conv_bands(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                   const int16_t* weights, const int32_t* bias, const xq_sink* sink,
                   void* workspace);

#endif /* XQUANT_INT8_PRODUCT_CONV_BANDS_H_ */
