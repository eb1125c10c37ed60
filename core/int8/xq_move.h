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

typedef enum xq_scatter_op {
  XQ_SCATTER_SET = 1, /* the update */
  XQ_SCATTER_ADD = 2, /* f32(so far + update) */
  XQ_SCATTER_MUL = 3,
  XQ_SCATTER_MIN = 4, /* as XQ_MIN and XQ_MAX of xq_elementwise.h */
  XQ_SCATTER_MAX = 5
} xq_scatter_op;

/* Scatter into data, and what puts elements among zeros (data is NULL): MaxUnpool, Col2Im,
 * triangles of matrices. y is [runs, inner]; r = dequantize(data), or 0. Update after update, i <
 * count, whose index is not negative (those are left out): r[index[i]][k] = op(r[index[i]][k],
 * dequantize(updates[i][k])) each operation one f32 rounding, then y = quantize(r). index < runs.
 * The shapes of the tensors are not looked at. Returns the number of NaN. Workspace:
 * xq_scatter_workspace_size(runs * inner) bytes. */
size_t xq_scatter_workspace_size(size_t elements);
size_t xq_scatter(xq_scatter_op op, const xq_tensor* data, size_t runs, size_t inner,
                  const xq_tensor* updates, const int64_t* index, size_t count, const xq_quant* to,
                  void* y, void* workspace);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_MOVE_H_ */
