/* Data movement: codes change their place, and their scale where it differs. */
#ifndef XQUANT_INT8_XQ_MOVE_H_
#define XQUANT_INT8_XQ_MOVE_H_

#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y = quantize(dequantize(x)); bytes are copied when `from` and `to` are the same type, scale and
 * zero point and qmin, qmax of `to` are the type's range. */
void xq_rescale(const void* x, size_t n, const xq_quant* from, const xq_quant* to, void* y);

/* Concat: inputs [outer, length[i], inner] side by side into y [outer, sum of length, inner], each
 * rescaled to `to`. inputs[i].shape is not looked at. */
void xq_concat(const xq_tensor* inputs, const size_t* length, size_t count, size_t outer,
               size_t inner, const xq_quant* to, void* y);

/* Transpose, Slice, Expand, DepthToSpace, ...: y (dense, of shape `shape`) from elements of x that
 * lie `stride` elements apart; strides may be 0 (repeat) or negative. x points to the element of
 * index 0. */
void xq_move(const void* x, const xq_shape* shape, const ptrdiff_t* stride, xq_type type, void* y);

/* Gather: x [outer, length, inner], y [outer, count, inner]; index in [-length, length). */
void xq_gather(const void* x, size_t outer, size_t length, size_t inner, const int64_t* index,
               size_t count, xq_type type, void* y);

typedef enum xq_pad_mode {
  XQ_PAD_CONSTANT = 1, /* `code`; the zero point for a real 0 */
  XQ_PAD_EDGE = 2,
  XQ_PAD_REFLECT = 3, /* without repeating the edge; pads < dimension */
  XQ_PAD_WRAP = 4
} xq_pad_mode;

/* y has dims[d] + begin[d] + end[d] elements along d; pads may be negative (cut off) with
 * XQ_PAD_CONSTANT only. */
void xq_pad(const void* x, const xq_shape* shape, const ptrdiff_t* begin, const ptrdiff_t* end,
            xq_pad_mode mode, int32_t code, xq_type type, void* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_MOVE_H_ */
